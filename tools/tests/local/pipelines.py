"""Helpers for tests that run pipelines on a temporary cloud."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from tools.local.client import Cloud
from tools.tests.local.stacks import eventually

LIMIT = 60.0
TEMPLATE = """
Parameters:
  Value: {Type: String}
  Greeting: {Type: String, Default: none}
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: !Sub "/${AWS::StackName}", Value: !Sub "${Value} ${Greeting}"}
Outputs:
  Name: {Value: !Ref Parameter}
"""


def packed(files: Mapping[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def emptied(cloud: Cloud, bucket: str) -> None:
    """Delete everything in a bucket with versions."""
    s3 = cloud.client("s3")
    for one in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        s3.delete_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])


class PipelineClient:
    """One pipeline, as its operator sees it."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.name, self.cloud = name, cloud
        self.api = cloud.client("codepipeline")

    def start(self, **options: Any) -> str:
        return str(self.api.start_pipeline_execution(name=self.name, **options)["pipelineExecutionId"])

    def executions(self) -> list[str]:
        """The ids of the executions, newest first."""
        answer = self.api.list_pipeline_executions(pipelineName=self.name)
        return [one["pipelineExecutionId"] for one in answer["pipelineExecutionSummaries"]]

    def execution(self, execution: str) -> dict[str, Any]:
        answer = self.api.get_pipeline_execution(pipelineName=self.name, pipelineExecutionId=execution)
        found: dict[str, Any] = answer["pipelineExecution"]
        return found

    def ended(self, execution: str, limit: float = LIMIT) -> str:
        """Wait for the end of an execution and return its status."""

        def status() -> str | None:
            found = str(self.execution(execution)["status"])
            return None if found in ("InProgress", "Stopping") else found

        return eventually(status, f"{execution} ends", limit)

    def actions(self, execution: str) -> dict[str, dict[str, Any]]:
        """The newest run of each action of an execution."""
        answer = self.api.list_action_executions(pipelineName=self.name, filter={"pipelineExecutionId": execution})
        return {one["actionName"]: one for one in reversed(answer["actionExecutionDetails"])}

    def error(self, execution: str, action: str) -> str:
        result = self.actions(execution)[action]["output"]["executionResult"]
        return str(result.get("errorDetails", {}).get("message", ""))

    def stage(self, name: str) -> dict[str, Any]:
        states = self.api.get_pipeline_state(name=self.name)["stageStates"]
        return next(one for one in states if one["stageName"] == name)

    def retry(self, stage: str, execution: str, mode: str = "FAILED_ACTIONS") -> None:
        self.api.retry_stage_execution(
            pipelineName=self.name, stageName=stage, pipelineExecutionId=execution, retryMode=mode
        )

    def put_source(self, bucket: str, files: Mapping[str, str], key: str = "source.zip") -> str:
        """Store a new version of the source. Returns its id."""
        return str(self.cloud.client("s3").put_object(Bucket=bucket, Key=key, Body=packed(files))["VersionId"])

"""The events of CodePipeline on the default bus. The page "Monitoring CodePipeline events"."""

from collections.abc import Callable

from tools.local.aws.codepipeline.records import pipeline_arn, stage_record, structure_of
from tools.local.aws.codepipeline.structure import action_of, stage_of
from tools.local.aws.json_api import Document
from tools.local.delivery.model import iso
from tools.local.home import REGION

Put = Callable[[str, str, Document, list[str]], None]
"""(source, detail-type, detail, resources)"""
SOURCE = "aws.codepipeline"


class Events:
    """Builds the events and puts them on the bus."""

    def __init__(self, put: Put) -> None:
        self._put = put

    def send(
        self, kind: str, state: str, pipeline: Document, execution: Document, stage: str, action: Document | None
    ) -> None:
        detail: Document = {
            "pipeline": pipeline["name"],
            "execution-id": execution["id"],
            "start-time": iso(execution["started"]),
            "state": state,
            "version": float(execution["version"]),
            "pipeline-execution-attempt": float(sum(one["attempt"] for one in execution["stages"].values()) or 1),
        }
        if kind == "Pipeline":
            detail["execution-trigger"] = {
                "trigger-type": execution["trigger"]["triggerType"],
                "trigger-detail": execution["trigger"].get("triggerDetail", ""),
            }
        else:
            detail["stage"] = stage
            detail["pipeline-execution-attempt"] = float(stage_record(execution, stage)["attempt"])
        if action is not None:
            detail.update(_of_action(pipeline, execution, stage, action))
        self._put(SOURCE, f"CodePipeline {kind} Execution State Change", detail, [pipeline_arn(pipeline["name"])])


def _of_action(pipeline: Document, execution: Document, stage: str, action: Document) -> Document:
    declared = action_of(stage_of(structure_of(pipeline, execution), stage), action["name"])
    type_id = declared["actionTypeId"]
    error = action["error"] or {}
    result: Document = {"external-execution-id": action["external"], "external-execution-summary": action["summary"]}
    if error:
        result.update({"external-execution-summary": error["message"], "error-code": error["code"]})

    def artifacts(kept: list[Document]) -> list[Document]:
        return [{"name": one["name"], "s3location": {"bucket": one["bucket"], "key": one["key"]}} for one in kept]

    return {
        "action": action["name"],
        "action-execution-id": action["id"],
        "region": REGION,
        "type": {
            "owner": type_id["owner"],
            "provider": type_id["provider"],
            "category": type_id["category"],
            "version": type_id["version"],
        },
        "start-time": iso(action["started"]),
        "input-artifacts": artifacts(action["inputs"]),
        "output-artifacts": artifacts(action["outputs"]),
        **({"execution-result": result} if action["status"] != "InProgress" else {}),
    }

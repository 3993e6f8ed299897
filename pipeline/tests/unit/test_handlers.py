"""The functions `pipeline_gate` and `on_stage_end`, with one fake for all clients of AWS."""

import io
import json
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline_service import aws
from pipeline_service.handlers import on_stage_end, pipeline_gate

KEY = "arn:aws:kms:eu-west-1:111122223333:key/1"
CONTEXT = SimpleNamespace(
    aws_request_id="request-1", invoked_function_arn="arn:aws:lambda:eu-west-1:111122223333:function:gate"
)
METADATA = {
    "service": "orders",
    "dependencies": {"products": {"number": 812, "commit": "bbbbbbbb22"}},
    "environments": {"tests": {"parameters": {"Environment": "tests"}, "tags": {}}},
    "from_ssm": [],
    "hash_parameter": "",
}


class Cloud:
    """The clients of CodePipeline, S3, STS, SSM and CloudFormation: answers that a test sets, and the calls made."""

    def __init__(self) -> None:
        self.results: list[tuple[str, dict[str, Any]]] = []
        """What CodePipeline got for the job: `success` or `failure`, and the details."""
        self.assumed: list[dict[str, str]] = []
        self.credentials: list[dict[str, str]] = []
        self.objects: dict[str, bytes] = {"in": zip_with(METADATA)}
        self.deployed = "812 bbbbbbbb22 subject"
        """The summary of the source revision that last passed the stage `tests`, of every pipeline. Empty: CodePipeline
        lists none."""
        self.rolled_back_to = ""
        """The summary of a newer execution that passed the stage: a rollback."""
        self.parameters: dict[str, str] = {}
        self.statuses = ["CREATE_COMPLETE"]
        """The status of the stack at each look; the last one stays. Empty: there is no stack."""
        self.deleted: list[str] = []
        self.retried: list[str] = []
        self.refusal = ""
        """The error code of RetryStageExecution, if it refuses."""
        self.states: dict[str, Any] = {}
        """The answer of GetPipelineState for each pipeline."""

    def client(self, name: str, **credentials: str) -> Any:
        self.credentials.append({"service": name, **credentials})
        return self

    # S3
    def get_object(self, **call: str) -> dict[str, Any]:
        return {"Body": io.BytesIO(self.objects[call["Key"]])}

    def put_object(self, **call: Any) -> None:
        assert call["SSEKMSKeyId"] == KEY
        self.objects[call["Key"]] = call["Body"]

    # STS
    def assume_role(self, **call: str) -> dict[str, Any]:
        self.assumed.append(call)
        return {"Credentials": {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}}

    # CloudFormation
    def describe_stacks(self, **call: str) -> dict[str, Any]:
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status == "":
            message = f"Stack with id {call['StackName']} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": status}]}

    def delete_stack(self, **call: str) -> None:
        self.deleted.append(call["StackName"])

    # SSM
    def get_parameters(self, **call: Any) -> dict[str, Any]:
        return {"Parameters": [{"Value": self.parameters[each]} for each in call["Names"] if each in self.parameters]}

    def put_parameter(self, **call: Any) -> None:
        assert (call["Type"], call["Overwrite"]) == ("String", True)
        self.parameters[call["Name"]] = call["Value"]

    # CodePipeline
    def list_pipeline_executions(self, **call: Any) -> dict[str, Any]:
        assert call["filter"] == {"succeededInStage": {"stageName": "tests"}}
        summaries = filter(None, (self.rolled_back_to, self.deployed))
        return {"pipelineExecutionSummaries": [{"sourceRevisions": [{"revisionSummary": each}]} for each in summaries]}

    def put_job_success_result(self, **call: Any) -> None:
        self.results.append(("success", call))

    def put_job_failure_result(self, **call: Any) -> None:
        self.results.append(("failure", call["failureDetails"]))

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=lambda: [{"pipelines": [{"name": name} for name in self.states]}])

    def get_pipeline_state(self, name: str) -> Any:
        if name not in self.states:
            raise ClientError({"Error": {"Code": "PipelineNotFoundException", "Message": ""}}, "GetPipelineState")
        return self.states[name]

    def retry_stage_execution(self, **call: str) -> None:
        assert (call["stageName"], call["retryMode"]) == ("tests", "FAILED_ACTIONS")
        if self.refusal:
            raise ClientError({"Error": {"Code": self.refusal, "Message": ""}}, "RetryStageExecution")
        self.retried.append(f"{call['pipelineName']} {call['pipelineExecutionId']}")


def zip_with(metadata: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("deployment/metadata.json", json.dumps(metadata))
        archive.writestr("deployment/template.json", "{}")
    return content.getvalue()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud()
    monkeypatch.setenv("ARTIFACT_KEY_ARN", KEY)
    monkeypatch.setenv("PASSED_REVISIONS", "/passed")
    monkeypatch.setattr(aws, "client", made.client)
    monkeypatch.setattr(aws, "codepipeline", lambda: made)
    monkeypatch.setattr("pipeline_service.environment.POLL_SECONDS", 0.0)
    return made


def job() -> dict[str, Any]:
    parameters = {"service": "orders", "environment": "tests", "account": "444455556666"}
    return {
        "CodePipeline.job": {
            "id": "job-1",
            "accountId": "111122223333",
            "data": {
                "actionConfiguration": {
                    "configuration": {"FunctionName": "gate", "UserParameters": json.dumps(parameters)}
                },
                "inputArtifacts": [
                    {"name": "Commit", "location": {"s3Location": {"bucketName": "b", "objectKey": "in"}}}
                ],
                "outputArtifacts": [
                    {"name": "TestsSettings", "location": {"s3Location": {"bucketName": "b", "objectKey": "out"}}}
                ],
                "artifactCredentials": {"accessKeyId": "x", "secretAccessKey": "y", "sessionToken": "z"},
            },
        }
    }


def result(cloud: Cloud) -> tuple[str, dict[str, Any]]:
    (only,) = cloud.results
    return only


def test_the_gate_writes_the_settings_and_passes(cloud: Cloud) -> None:
    pipeline_gate.handler(job(), CONTEXT)
    assert result(cloud) == ("success", {"jobId": "job-1"})
    with zipfile.ZipFile(io.BytesIO(cloud.objects["out"])) as archive:
        assert json.loads(archive.read("settings.json"))["Parameters"] == {"Environment": "tests"}


def test_the_gate_uses_the_role_of_the_environments_account(cloud: Cloud) -> None:
    pipeline_gate.handler(job(), CONTEXT)
    (assumed,) = cloud.assumed
    assert assumed["RoleArn"] == "arn:aws:iam::444455556666:role/ecommerce-tests-pipeline-gate"


def test_artifacts_are_read_with_the_credentials_of_the_job(cloud: Cloud) -> None:
    pipeline_gate.handler(job(), CONTEXT)
    (s3,) = [each for each in cloud.credentials if each["service"] == "s3"]
    assert s3["aws_access_key_id"] == "x"


def test_a_missing_dependency_fails_the_action_with_its_name(cloud: Cloud) -> None:
    cloud.deployed = "811 aaaaaaaa11 subject"
    pipeline_gate.handler(job(), CONTEXT)
    kind, details = result(cloud)
    assert kind == "failure"
    assert details["message"].startswith("orders needs products at bbbbbbbb (number 812): tests has aaaaaaaa")
    assert "out" not in cloud.objects


def test_what_passed_a_stage_counts_when_codepipeline_does_not_list_it_any_more(cloud: Cloud) -> None:
    """It lists executions of the present structure of the pipeline, of the last twelve months."""
    on_stage_end.handler(stage_ended("ecommerce-products"), None)
    assert cloud.parameters == {"/passed/tests/products": "812 bbbbbbbb22"}
    cloud.deployed = ""
    pipeline_gate.handler(job(), CONTEXT)
    assert result(cloud)[0] == "success"


def test_a_dependency_that_is_rolled_back_holds_no_service(cloud: Cloud) -> None:
    cloud.rolled_back_to = "808 aaaaaaaa11"
    pipeline_gate.handler(job(), CONTEXT)
    assert result(cloud)[0] == "success"
    on_stage_end.handler(stage_ended("ecommerce-products"), None)
    assert cloud.parameters == {"/passed/tests/products": "812 bbbbbbbb22"}


def test_a_stage_that_fails_or_passes_without_a_commit_notes_nothing(cloud: Cloud) -> None:
    on_stage_end.handler(stage_ended("ecommerce-products", "FAILED"), None)
    cloud.deployed = ""
    on_stage_end.handler(stage_ended("ecommerce-build"), None)
    on_stage_end.handler({"detail": {"pipeline": "ecommerce-orders", "stage": "source", "state": "SUCCEEDED"}}, None)
    assert cloud.parameters == {}


def test_an_unexpected_error_fails_the_action(cloud: Cloud, caplog: pytest.LogCaptureFixture) -> None:
    cloud.objects["in"] = zip_with({})
    pipeline_gate.handler(job(), CONTEXT)
    assert result(cloud)[1]["message"] == "the gate failed: KeyError: 'environments'"
    assert "the gate failed" in caplog.text


def test_a_stack_whose_creation_failed_is_deleted_first(cloud: Cloud) -> None:
    cloud.statuses = ["ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", ""]
    pipeline_gate.handler(job(), CONTEXT)
    assert cloud.deleted == ["ecommerce-tests-orders"]
    assert result(cloud)[0] == "success"


def test_a_stack_that_cannot_be_deleted_is_named(cloud: Cloud) -> None:
    cloud.statuses = ["ROLLBACK_COMPLETE", "DELETE_FAILED"]
    pipeline_gate.handler(job(), CONTEXT)
    assert result(cloud)[1]["message"].startswith("ecommerce-tests-orders is DELETE_FAILED: correct the cause")


def test_a_stack_whose_rollback_failed_is_left_to_a_person(cloud: Cloud) -> None:
    cloud.statuses = ["UPDATE_ROLLBACK_FAILED"]
    pipeline_gate.handler(job(), CONTEXT)
    assert cloud.deleted == []
    assert "continue its rollback" in result(cloud)[1]["message"]


def test_the_gate_waits_for_an_operation_on_the_stack(cloud: Cloud) -> None:
    cloud.statuses = ["UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]
    pipeline_gate.handler(job(), CONTEXT)
    assert result(cloud)[0] == "success"
    assert cloud.statuses == ["UPDATE_COMPLETE"]


def state_with_gate(message: str, status: str = "Failed") -> dict[str, Any]:
    latest = {"status": status, "lastStatusChange": datetime.now(UTC), "errorDetails": {"message": message}}
    action = {"actionName": "Gate", "latestExecution": latest}
    stage = {
        "stageName": "tests",
        "latestExecution": {"pipelineExecutionId": "e1", "status": status},
        "actionStates": [action],
    }
    return {"stageStates": [{"stageName": "source", "actionStates": []}, stage]}


def stage_ended(pipeline: str, state: str = "SUCCEEDED") -> dict[str, Any]:
    return {"detail": {"pipeline": pipeline, "stage": "tests", "state": state}}


NEEDS = "orders needs products at bbbbbbbb (number 812): tests has aaaaaaaa (number 811)"


def test_the_end_of_a_stage_retries_the_gates_that_waited_for_it(cloud: Cloud) -> None:
    cloud.states = {
        "ecommerce-orders": state_with_gate(NEEDS),
        "ecommerce-users": state_with_gate("users needs platform at 1 (number 1)"),
    }
    on_stage_end.handler(stage_ended("ecommerce-products"), None)
    assert cloud.retried == ["ecommerce-orders e1"]


def test_a_gate_is_not_retried_while_the_revision_is_too_old(cloud: Cloud) -> None:
    cloud.states = {"ecommerce-orders": state_with_gate(NEEDS)}
    cloud.deployed = "811 aaaaaaaa11"
    on_stage_end.handler(stage_ended("ecommerce-products"), None)
    assert cloud.retried == []


def test_a_gate_that_failed_is_retried_when_what_it_needs_was_deployed_meanwhile(cloud: Cloud) -> None:
    """The stage of the other service may have ended after the gate had looked and before it had failed."""
    cloud.states = {"ecommerce-orders": state_with_gate(NEEDS)}
    on_stage_end.handler(stage_ended("ecommerce-orders", "FAILED"), None)
    assert cloud.retried == ["ecommerce-orders e1"]


@pytest.mark.parametrize("message", ["", "the gate failed: KeyError: 'x'"])
def test_a_gate_that_failed_for_another_reason_is_not_retried(cloud: Cloud, message: str) -> None:
    cloud.states = {"ecommerce-orders": state_with_gate(message)}
    on_stage_end.handler(stage_ended("ecommerce-orders", "FAILED"), None)
    assert cloud.retried == []


def test_a_stage_that_is_in_progress_is_not_retried(cloud: Cloud) -> None:
    cloud.states = {"ecommerce-orders": state_with_gate(NEEDS, "InProgress")}
    on_stage_end.handler(stage_ended("ecommerce-products"), None)
    assert cloud.retried == []


@pytest.mark.parametrize("refusal", ["StageNotRetryableException", "NotLatestPipelineExecutionException"])
def test_a_stage_that_another_event_retried_is_not_retried_again(cloud: Cloud, refusal: str) -> None:
    cloud.states, cloud.refusal = {"ecommerce-orders": state_with_gate(NEEDS)}, refusal
    on_stage_end.handler(stage_ended("ecommerce-products"), None)
    assert cloud.retried == []


def test_another_refusal_fails_the_function_so_that_lambda_retries_it(cloud: Cloud) -> None:
    cloud.states, cloud.refusal = {"ecommerce-orders": state_with_gate(NEEDS)}, "ThrottlingException"
    with pytest.raises(ClientError):
        on_stage_end.handler(stage_ended("ecommerce-products"), None)

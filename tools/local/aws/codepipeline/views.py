"""What the API shows of pipelines, executions and actions."""

from tools.local.aws.codepipeline.records import all_actions, current_actions, stage_record, structure_of, unfinished
from tools.local.aws.codepipeline.structure import action_of, stage_of
from tools.local.aws.json_api import Document
from tools.local.home import REGION


def pipeline_state(pipeline: Document) -> Document:
    """The answer of GetPipelineState."""
    structure = structure_of(pipeline)
    return {
        "pipelineName": pipeline["name"],
        "pipelineVersion": pipeline["version"],
        "stageStates": [_stage_state(pipeline, stage, place) for place, stage in enumerate(structure["stages"])],
        "created": pipeline["created"],
        "updated": pipeline["updated"],
    }


def _stage_state(pipeline: Document, stage: Document, place: int) -> Document:
    name = stage["name"]
    state: Document = {"stageName": name}
    waiting = [one for one in unfinished(pipeline) if one["entering"] and one["stage"] == name]
    if waiting:
        state["inboundExecutions"] = [_short(one, one["status"]) for one in waiting]
        state["inboundExecution"] = state["inboundExecutions"][0]
    if place:
        disabled = pipeline["disabled"].get(name)
        state["inboundTransitionState"] = {"enabled": disabled is None, **(_disabled(disabled) if disabled else {})}
    latest = pipeline["executions"].get(pipeline["latest"].get(name, ""))
    record = stage_record(latest, name) if latest else None
    actions = current_actions(latest, name) if latest else {}
    state["actionStates"] = [_action_state(action, actions.get(action["name"])) for action in stage["actions"]]
    if latest and record:
        status = latest["status"] if latest["status"] == "Stopping" and latest["stage"] == name else record["status"]
        state["latestExecution"] = _short(latest, status)
        if record["trigger"]:
            state["retryStageMetadata"] = {
                "autoStageRetryAttempt": record["automatic"],
                "manualStageRetryAttempt": record["manual"],
                "latestRetryTrigger": record["trigger"],
            }
    return state


def _short(execution: Document, status: str) -> Document:
    return {"pipelineExecutionId": execution["id"], "status": status, "type": execution["type"]}


def _disabled(disabled: Document) -> Document:
    return {
        "disabledReason": disabled["reason"],
        "lastChangedBy": disabled["by"],
        "lastChangedAt": disabled["at"],
    }


def _action_state(declared: Document, record: Document | None) -> Document:
    state: Document = {"actionName": declared["name"]}
    if record is None:
        return state
    latest: Document = {
        "actionExecutionId": record["id"],
        "status": record["status"],
        "summary": record["summary"],
        "lastStatusChange": record["updated"],
        "lastUpdatedBy": record["by"],
        "externalExecutionId": record["external"],
        "errorDetails": record["error"],
        "token": record["work"].get("token") if record["status"] == "InProgress" else None,
    }
    state["latestExecution"] = {key: value for key, value in latest.items() if value}
    link = record["resolved"].get("ExternalEntityLink")
    if link:
        state["entityUrl"] = link
    revision = record["variables"].get("VersionId") or record["variables"].get("CommitId")
    if declared["actionTypeId"]["category"] == "Source" and revision:
        state["currentRevision"] = {
            "revisionId": revision,
            "revisionChangeId": revision,
            "created": record["updated"],
        }
    return state


def execution_view(pipeline: Document, execution: Document) -> Document:
    """The member `pipelineExecution` of GetPipelineExecution."""
    return {
        "pipelineName": pipeline["name"],
        "pipelineVersion": execution["version"],
        "pipelineExecutionId": execution["id"],
        "status": execution["status"],
        "statusSummary": execution["summary"],
        "artifactRevisions": [
            {key: value for key, value in one.items() if key != "action"} for one in execution["revisions"]
        ],
        "variables": [{"name": name, "resolvedValue": value} for name, value in execution["variables"].items()],
        **_common(execution),
    }


def execution_summary(execution: Document) -> Document:
    """One of `pipelineExecutionSummaries`."""
    return {
        "pipelineExecutionId": execution["id"],
        "status": execution["status"],
        "statusSummary": execution["summary"],
        "startTime": execution["started"],
        "lastUpdateTime": execution["updated"],
        "sourceRevisions": [
            {"actionName": one["action"], "revisionId": one["revisionId"], "revisionSummary": one["revisionSummary"]}
            for one in execution["revisions"]
        ],
        **({"stopTrigger": {"reason": execution["stop_reason"]}} if "stop_reason" in execution else {}),
        **_common(execution),
    }


def _common(execution: Document) -> Document:
    target = execution.get("target")
    return {
        "trigger": execution["trigger"],
        "executionMode": execution["mode"],
        "executionType": execution["type"],
        **({"rollbackMetadata": {"rollbackTargetPipelineExecutionId": target}} if target else {}),
    }


def action_details(pipeline: Document, only: str) -> list[Document]:
    """`actionExecutionDetails`, newest first; of one execution when its id is given."""
    found = [
        _action_detail(pipeline, execution, record)
        for execution, record in all_actions(pipeline)
        if not only or execution["id"] == only
    ]
    return sorted(found, key=lambda one: one["startTime"], reverse=True)


def _action_detail(pipeline: Document, execution: Document, record: Document) -> Document:
    declared = action_of(stage_of(structure_of(pipeline, execution), record["stage"]), record["name"])
    result = {
        "externalExecutionId": record["external"],
        "externalExecutionSummary": record["summary"],
        "errorDetails": record["error"],
    }
    return {
        "pipelineExecutionId": execution["id"],
        "actionExecutionId": record["id"],
        "pipelineVersion": execution["version"],
        "stageName": record["stage"],
        "actionName": record["name"],
        "startTime": record["started"],
        "lastUpdateTime": record["updated"],
        "updatedBy": record["by"],
        "status": record["status"],
        "input": {
            "actionTypeId": declared["actionTypeId"],
            "configuration": declared["configuration"],
            "resolvedConfiguration": record["resolved"],
            "region": REGION,
            "inputArtifacts": _located(record["inputs"]),
            **{key: declared[key] for key in ("roleArn", "namespace") if declared.get(key)},
        },
        "output": {
            "outputArtifacts": _located(record["outputs"]),
            "executionResult": {key: value for key, value in result.items() if value},
            "outputVariables": record["variables"],
        },
    }


def _located(kept: list[Document]) -> list[Document]:
    return [{"name": one["name"], "s3location": {"bucket": one["bucket"], "key": one["key"]}} for one in kept]

"""StartPipelineExecution: the variables, revisions and the request token of a new execution."""

import json

from tools.local.aws.codepipeline.executor import Executor
from tools.local.aws.codepipeline.records import structure_of
from tools.local.aws.json_api import ApiError, Document, check_request

TOKENS_KEPT = 100
REVISION_TYPES = ("COMMIT_ID", "S3_OBJECT_VERSION_ID", "S3_OBJECT_KEY")


def start_execution(
    executor: Executor, request: Document, caller: str, kind: str = "StartPipelineExecution"
) -> Document:
    """Start an execution. A repeated `clientRequestToken` returns the first one. Call it with the lock of the store."""
    pipeline = executor.store.pipeline(request["name"])
    token = request.get("clientRequestToken", "")
    if token and token in pipeline["tokens"]:
        return {"pipelineExecutionId": pipeline["tokens"][token]}
    structure = structure_of(pipeline)
    execution = executor.new_execution(
        pipeline,
        {"triggerType": kind, "triggerDetail": caller},
        variables=_variables(structure, request.get("variables") or []),
        overrides=_overrides(structure, request.get("sourceRevisions") or []),
    )
    if token:
        pipeline["tokens"][token] = execution["id"]
        for old in list(pipeline["tokens"])[:-TOKENS_KEPT]:
            del pipeline["tokens"][old]
    executor.start(pipeline, execution)
    return {"pipelineExecutionId": execution["id"]}


def start_by_event(executor: Executor, name: str, rule: str, text: str) -> str:
    """Start an execution for a rule of EventBridge. Returns an empty text, or why it could not.

    The input of the target may name `sourceRevisions` and `variables`, as an input transformer writes them; any other
    input, such as the event itself, is not read.
    """
    try:
        given = json.loads(text)
    except ValueError:
        given = {}
    known = {key: given[key] for key in ("sourceRevisions", "variables") if isinstance(given, dict) and key in given}
    request = {"name": name, **known}
    try:
        check_request("codepipeline", "StartPipelineExecution", request)
        with executor.store.lock:
            start_execution(executor, request, rule, "CloudWatchEvent")
    except ApiError as error:
        return str(error)
    return ""


def _variables(structure: Document, given: list[Document]) -> dict[str, str]:
    declared = {one["name"]: one for one in structure.get("variables", [])}
    values = {one["name"]: one["value"] for one in given}
    for name in values:
        if name not in declared:
            raise ApiError("ValidationException", f"The pipeline has no variable {name}")
    for name, one in declared.items():
        if name not in values and "defaultValue" not in one:
            raise ApiError("ValidationException", f"The variable {name} has no default value and needs a value")
    return values


def _overrides(structure: Document, given: list[Document]) -> list[Document]:
    sources = {action["name"] for action in structure["stages"][0]["actions"]}
    if len({one["actionName"] for one in given}) < len(given):
        raise ApiError("ValidationException", "the local cloud takes one source revision for each action")
    for one in given:
        if one["actionName"] not in sources:
            raise ApiError("ValidationException", f"{one['actionName']} is not a source action of the pipeline")
        if one["revisionType"] not in REVISION_TYPES:
            raise ApiError(
                "ValidationException", f"the local cloud does not know the revision type {one['revisionType']}"
            )
    return given

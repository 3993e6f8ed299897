"""The structure of a pipeline, checked when it is created or changed.

Rules and limits are those of the pages "CodePipeline pipeline structure reference" and "Stage requirements" of the
CodePipeline User Guide. What the local cloud does not run is refused here, with its name.
"""

import re
from collections.abc import Iterator
from typing import Any

from tools.local.aws.codepipeline.action_kinds import ACTION_KINDS, CLOUDFORMATION_MODES, ActionKind
from tools.local.aws.codepipeline.variables import check_references
from tools.local.aws.json_api import ApiError, Document, check_request
from tools.local.home import REGION

NAME = re.compile(r"[A-Za-z0-9.@\-_]{1,100}")
# The page "Quotas in AWS CodePipeline".
LONGEST_VALUE, LONGEST_VARIABLES = 1_000, 10_000
_STAGE = ("name", "actions", "onFailure")
_ACTION = (
    "name",
    "actionTypeId",
    "runOrder",
    "configuration",
    "inputArtifacts",
    "outputArtifacts",
    "roleArn",
    "region",
    "namespace",
    "timeoutInMinutes",
)
_PIPELINE = (
    "name",
    "roleArn",
    "artifactStore",
    "stages",
    "version",
    "executionMode",
    "pipelineType",
    "variables",
    "triggers",
)


def checked(declaration: Document) -> Document:
    """The declaration with AWS's defaults. Raises ApiError when it is not valid or asks for what is not served."""
    check_request("codepipeline", "CreatePipeline", {"pipeline": declaration})
    _only(declaration, _PIPELINE, "pipeline")
    if "artifactStore" not in declaration:
        raise _invalid("the pipeline needs an artifactStore")
    kind = declaration.get("pipelineType", "V1")
    mode = declaration.get("executionMode", "SUPERSEDED")
    if mode == "PARALLEL":
        raise _invalid("the local cloud does not run the ExecutionMode PARALLEL; SUPERSEDED and QUEUED it does")
    if kind == "V1" and (mode != "SUPERSEDED" or declaration.get("variables") or declaration.get("triggers")):
        raise _invalid("ExecutionMode, Variables and Triggers need PipelineType V2")
    stages = declaration["stages"]
    if len(stages) < 2:
        raise _invalid("Pipeline should have at least two stages")
    _unique([stage["name"] for stage in stages], "stage")
    for place, stage in enumerate(stages):
        _check_stage(stage, is_first=place == 0)
    _check_artifacts(stages)
    _unique([action["namespace"] for _, action in actions_of(declaration) if action.get("namespace")], "namespace")
    check_references(declaration)
    return {
        **declaration,
        "pipelineType": kind,
        "executionMode": mode,
        "stages": [_with_defaults(one) for one in stages],
    }


def actions_of(declaration: Document) -> Iterator[tuple[Document, Document]]:
    """Each action with its stage."""
    for stage in declaration["stages"]:
        for action in stage["actions"]:
            yield stage, action


def stage_of(declaration: Document, name: str) -> Document:
    for stage in declaration["stages"]:
        if stage["name"] == name:
            found: Document = stage
            return found
    raise ApiError("StageNotFoundException", f"The pipeline has no stage with the name {name}")


def action_of(stage: Document, name: str) -> Document:
    for action in stage["actions"]:
        if action["name"] == name:
            found: Document = action
            return found
    raise ApiError("ActionNotFoundException", f"The stage {stage['name']} has no action with the name {name}")


def _with_defaults(stage: Document) -> Document:
    def action(its: Document) -> Document:
        return {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": [], **its}

    return {**stage, "actions": [action(its) for its in stage["actions"]]}


def _check_stage(stage: Document, *, is_first: bool) -> None:
    name = stage["name"]
    _only(stage, _STAGE, f"stage {name}")
    if not NAME.fullmatch(name):
        raise _invalid(f"the stage name {name} is not valid")
    if not stage["actions"]:
        raise _invalid(f"stage {name} must have at least one action")
    _unique([action["name"] for action in stage["actions"]], f"action of stage {name}")
    failure = stage.get("onFailure") or {}
    _only(failure, ("result", "retryConfiguration"), f"onFailure of stage {name}")
    if failure.get("result") == "SKIP":
        raise _invalid(f"the local cloud does not know onFailure SKIP of stage {name}")
    if is_first and failure.get("result") == "ROLLBACK":
        raise _invalid("a source stage cannot be rolled back")
    for action in stage["actions"]:
        is_source = action["actionTypeId"]["category"] == "Source"
        if is_source != is_first:
            raise _invalid(f"source actions belong to the first stage only, which has no others: {name}")
        _check_action(action, f"{name}/{action['name']}")


def _check_action(action: Document, place: str) -> None:
    _only(action, _ACTION, f"action {place}")
    type_id = action["actionTypeId"]
    kind = ACTION_KINDS.get((type_id["category"], type_id["provider"]))
    if kind is None or type_id["owner"] != "AWS" or type_id["version"] != "1":
        asked = "/".join((type_id["owner"], type_id["category"], type_id["provider"], type_id["version"]))
        raise _wrong_action(f"the local cloud does not know the action type {asked} of {place}")
    if action.get("region", REGION) != REGION:
        raise _invalid(f"the local cloud runs actions in {REGION} only: {place}")
    for what, (least, most) in (("inputArtifacts", kind.inputs), ("outputArtifacts", kind.outputs)):
        if not least <= len(action.get(what, [])) <= most:
            raise _wrong_action(f"{place} must have from {least} to {most} {what}")
    for artifact in action.get("outputArtifacts", []):
        _only(artifact, ("name",), f"outputArtifacts of {place}")
    if action.get("timeoutInMinutes") and type_id["category"] == "Source":
        raise _wrong_action(f"TimeoutInMinutes is not valid for the source action {place}")
    configuration = action.get("configuration", {})
    _check_configuration(configuration, kind, place)
    if type_id["provider"] == "CloudFormation":
        _check_cloudformation(configuration, place)
    has_several = len(action.get("inputArtifacts", [])) > 1
    if type_id["provider"] == "CodeBuild" and has_several and not configuration.get("PrimarySource"):
        raise _wrong_action(f"{place} has several input artifacts and needs PrimarySource")


def _check_configuration(configuration: Document, kind: ActionKind, place: str) -> None:
    what = f"Action configuration for action '{place}'"
    for key, value in configuration.items():
        if key not in kind.keys:
            raise _wrong_action(f"{what} contains unknown configuration '{key}'")
        if len(value) > (LONGEST_VARIABLES if key == "EnvironmentVariables" else LONGEST_VALUE):
            raise _wrong_action(f"the value of {key} of {place} is too long")
    for key in kind.required:
        if not configuration.get(key):
            raise _wrong_action(f"{what} is missing required configuration '{key}'")
    if str(configuration.get("PollForSourceChanges", "false")).lower() == "true":
        raise _invalid(f"the local cloud does not poll: PollForSourceChanges of {place} must be false")


def _check_cloudformation(configuration: Document, place: str) -> None:
    """The page "AWS CloudFormation deploy action reference": which keys each mode requires."""
    mode = configuration["ActionMode"]
    needs = {
        "CHANGE_SET_REPLACE": ("ChangeSetName", "TemplatePath", "RoleArn"),
        "CHANGE_SET_EXECUTE": ("ChangeSetName",),
        "CREATE_UPDATE": ("TemplatePath", "RoleArn"),
        "DELETE_ONLY": ("RoleArn",),
    }
    if mode not in CLOUDFORMATION_MODES:
        raise _wrong_action(f"the local cloud does not know ActionMode {mode} of {place}")
    for key in needs[mode]:
        if not configuration.get(key):
            raise _wrong_action(f"ActionMode {mode} of {place} needs {key}")


def _check_artifacts(stages: list[Document]) -> None:
    """Output names are unique, and an input is the output of an earlier action."""
    known: set[str] = set()
    for stage in stages:
        for order in sorted({action.get("runOrder", 1) for action in stage["actions"]}):
            together = [action for action in stage["actions"] if action.get("runOrder", 1) == order]
            for action in together:
                for artifact in action.get("inputArtifacts", []):
                    if artifact["name"] not in known:
                        raise _invalid(
                            f"input artifact {artifact['name']} of {stage['name']}/{action['name']} is not the"
                            " output of an earlier action"
                        )
            made = [artifact["name"] for action in together for artifact in action.get("outputArtifacts", [])]
            for name in made:
                if name in known or made.count(name) > 1:
                    raise _invalid(f"output artifact {name} is not unique")
            known.update(made)


def _only(value: Document, served: tuple[str, ...], what: str) -> None:
    for key in value:
        if key not in served:
            raise _invalid(f"the local cloud does not know {key} of {what}")


def _unique(names: list[Any], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise _invalid(f"the {what} name {', '.join(sorted(twice))} is not unique")


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidStructureException", message)


def _wrong_action(message: str) -> ApiError:
    return ApiError("InvalidActionDeclarationException", message)

"""References to variables in the configuration of actions: `#{namespace.key}`.

The page "Variables reference" of the CodePipeline User Guide.
"""

import re
from collections.abc import Mapping

from tools.local.aws.json_api import ApiError, Document

REFERENCE = re.compile(r"#\{([^{}]*)\}")
PIPELINE, DECLARED = "codepipeline", "variables"


class Unresolved(Exception):
    """A reference to a variable without a value."""


def resolve(configuration: Mapping[str, str], namespaces: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The configuration with values in place of references. Raises Unresolved."""

    def value(found: "re.Match[str]") -> str:
        namespace, _, key = found[1].partition(".")
        try:
            return namespaces[namespace][key]
        except KeyError:
            raise Unresolved(f"the variable #{{{found[1]}}} has no value") from None

    return {key: REFERENCE.sub(value, text) for key, text in configuration.items()}


def check_references(structure: Document) -> None:
    """Raise ApiError when an action refers to a namespace or pipeline variable that is not declared before it."""
    declared = {one["name"] for one in structure.get("variables", [])}
    known = {PIPELINE, DECLARED}
    for stage in structure["stages"]:
        for order in sorted({action.get("runOrder", 1) for action in stage["actions"]}):
            together = [action for action in stage["actions"] if action.get("runOrder", 1) == order]
            for action in together:
                for text in action.get("configuration", {}).values():
                    for reference in REFERENCE.findall(text):
                        _check(reference, known, declared, f"{stage['name']}/{action['name']}")
            known.update(action["namespace"] for action in together if action.get("namespace"))


def _check(reference: str, known: set[str], declared: set[str], place: str) -> None:
    namespace, dot, key = reference.partition(".")
    if not dot or not key:
        raise _invalid(
            f"a variable reference is a namespace and a key separated by a period: #{{{reference}}} in {place}"
        )
    if namespace not in known:
        raise _invalid(f"no earlier action has the namespace of #{{{reference}}} in {place}")
    if namespace == DECLARED and key not in declared:
        raise _invalid(f"the pipeline has no variable {key}, which {place} refers to")
    if namespace == PIPELINE and key != "PipelineExecutionId":
        raise _invalid(f"#{{{reference}}} in {place} does not exist; there is #{{codepipeline.PipelineExecutionId}}")


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidActionDeclarationException", message)

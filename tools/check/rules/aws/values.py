"""Values of a template before deployment.

A value that is known only at deployment (an output of another stack, a pseudo parameter) counts with its longest form
where that is known, else with what is written.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{([^}]+)\}")
# The longest value of a pseudo parameter.
PSEUDO = {"AWS::Region": "ap-southeast-1", "AWS::AccountId": "0" * 12, "AWS::Partition": "aws-us-gov"}


def named(value: Any, resources: Mapping[str, Any]) -> str:
    """The logical id in a `Ref` or `Fn::GetAtt`."""
    if not isinstance(value, Mapping):
        return ""
    if "Ref" in value:
        return str(value["Ref"])
    found = value.get("Fn::GetAtt") or [""]
    name = found.split(".")[0] if isinstance(found, str) else str(found[0])
    return name if name in resources else ""


def number(value: Any) -> float:
    """A number; of a value that is known at deployment only, the largest number written in it."""
    if isinstance(value, bool):
        return 0
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return float(value) if value.isdigit() else 0
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return max((number(part) for part in parts), default=0)


def text(value: Any, environment: str) -> str:
    """A text with its placeholders filled by their longest known value; of `Fn::If`, the longest branch."""
    known = {**PSEUDO, "Environment": environment}
    if isinstance(value, Mapping) and len(value) == 1:
        ((key, inner),) = value.items()
        if key == "Ref":
            return known.get(str(inner), "")
        if key == "Fn::If":
            return max((text(branch, environment) for branch in inner[1:]), key=len)
        if key == "Fn::Join":
            return str(inner[0]).join(text(part, environment) for part in inner[1])
        if key == "Fn::Sub":
            template, given = (inner, {}) if isinstance(inner, str) else inner
            filled = {**known, **{name: text(each, environment) for name, each in given.items()}}
            return _PLACEHOLDER.sub(lambda found: filled.get(found[1], found[0]), template)
        return ""
    return value if isinstance(value, str) else "" if value is None else compact(value, environment)


def compact(value: Any, environment: str) -> str:
    """A document as JSON without spaces, with its texts filled."""

    def filled(node: Any) -> Any:
        if isinstance(node, Mapping):
            is_function = len(node) == 1 and next(iter(node)) in ("Ref", "Fn::Sub", "Fn::If", "Fn::Join", "Fn::GetAtt")
            return text(node, environment) if is_function else {key: filled(each) for key, each in node.items()}
        return [filled(each) for each in node] if isinstance(node, list) else node

    return "" if value is None else json.dumps(filled(value), separators=(",", ":"))

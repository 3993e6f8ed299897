"""What a template allows as the values of its parameters, as CloudFormation reads it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any


def refusal(parameter: Mapping[str, Any], value: str) -> str:
    """Why CloudFormation would refuse the value, such as `must be 0 at least`; empty if it accepts it."""
    why = next(_reasons(parameter, value), "")
    return str(parameter.get("ConstraintDescription") or why) if why else ""


def _reasons(parameter: Mapping[str, Any], value: str) -> Iterator[str]:
    pattern, allowed = parameter.get("AllowedPattern"), parameter.get("AllowedValues")
    if pattern and not re.fullmatch(str(pattern), value):
        yield f"must match {pattern}"
    if allowed and value not in map(str, allowed):
        yield f"must be one of {', '.join(map(str, allowed))}"
    if parameter.get("Type") != "Number":
        return
    try:
        number = float(value)
    except ValueError:
        yield "must be a number"
        return
    if number < float(parameter.get("MinValue", "-inf")):
        yield f"must be {parameter['MinValue']} at least"
    if number > float(parameter.get("MaxValue", "inf")):
        yield f"must be {parameter['MaxValue']} at most"

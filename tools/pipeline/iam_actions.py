"""IAM's actions, as the service authorization reference lists them. cfn-lint ships a copy."""

import functools
import json
import re
from collections.abc import Mapping
from importlib import resources
from typing import Any


def exists(action: str) -> bool:
    """Does IAM know the action? CloudFormation's schemas also declare names of API operations, such as
    `s3:DeleteBucketCors`, which another action allows."""
    return _entry(action) is not None


# IAM's reference names the resource `alarm` for both. For composite alarms CloudWatch refuses anything narrower than
# `*`: CloudWatch API Reference, *PutCompositeAlarm* and *DescribeAlarms*.
_ON_ANY_ONLY = ("cloudwatch:DescribeAlarms", "cloudwatch:PutCompositeAlarm")


def takes_a_resource(action: str) -> bool:
    """Can a policy limit the action to a resource? If not, only a statement with `Resource: "*"` allows it."""
    return action not in _ON_ANY_ONLY and bool((_entry(action) or {}).get("Resources"))


# The variables of the reference, and what they are in a policy of one place.
_PLACE = {"${Partition}": "aws", "${Region}": "eu-west-1", "${Account}": "111122223333"}


def resource_arns(action: str) -> list[str]:
    """The ARNs of the resources that the action takes, with `*` for what differs."""
    resources = _reference()[action.lower().partition(":")[0]].get("Resources", {})
    kinds = [resources.get(kind.lower(), {}) for kind in (_entry(action) or {}).get("Resources", ())]
    return [_pattern(arn) for kind in kinds for arn in kind.get("ARNFormats", ())]


def _pattern(arn: str) -> str:
    for variable, value in _PLACE.items():
        arn = arn.replace(variable, value)
    return re.sub(r"\$\{[^}]+\}|\.\*", "*", arn)


@functools.cache
def share_a_text(one: str, other: str) -> bool:
    """Is there a text that both patterns match? `*` stands for any text."""
    if not one or not other:
        return not one.strip("*") and not other.strip("*")
    if one[0] == "*":
        return share_a_text(one[1:], other) or share_a_text(one, other[1:])
    if other[0] == "*":
        return share_a_text(other, one)
    return one[0] == other[0] and share_a_text(one[1:], other[1:])


def _entry(action: str) -> Mapping[str, Any] | None:
    namespace, _, name = action.lower().partition(":")
    found: Mapping[str, Any] | None = _reference().get(namespace, {}).get("Actions", {}).get(name)
    return found


@functools.cache
def _reference() -> dict[str, Any]:
    file = resources.files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json")
    found: dict[str, Any] = json.loads(file.read_text())
    return found

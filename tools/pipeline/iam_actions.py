"""IAM's actions, as the service authorization reference lists them. cfn-lint ships a copy."""

import functools
import json
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


def _entry(action: str) -> Mapping[str, Any] | None:
    namespace, _, name = action.lower().partition(":")
    found: Mapping[str, Any] | None = _reference().get(namespace, {}).get("Actions", {}).get(name)
    return found


@functools.cache
def _reference() -> dict[str, Any]:
    file = resources.files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json")
    found: dict[str, Any] = json.loads(file.read_text())
    return found

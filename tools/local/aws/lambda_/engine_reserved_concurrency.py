"""Reserved concurrency: a function with 0 does not run, one with N runs N times at once.

Lambda Developer Guide: *Configuring reserved concurrency for a function*. All versions and aliases of a function share
what it reserved. The engine enforces what `PutFunctionConcurrency` set, for `$LATEST` alone, and ignores a template's
`ReservedConcurrentExecutions`. What an account must leave unreserved is not checked here: `make check-account` adds up.
"""

from collections.abc import Mapping
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    Properties,
    ResourceFailed,
    register,
    resource_type,
)
from tools.local.engine.patching import core, patch

PROPERTY = "ReservedConcurrentExecutions"


@patch
def versions_share_what_their_function_reserved() -> None:
    functions = core("services.lambda_svc")

    def reserved(_record: Any, config: Mapping[str, Any]) -> int | None:
        function = functions._functions.get(config.get("FunctionName")) or {}
        found = function.get("concurrency")
        return None if found is None else int(found)

    functions._reserved_concurrency = reserved


class _Function:
    """AWS::Lambda::Function with its reserved concurrency."""

    def __init__(self, handler: Mapping[str, Any]) -> None:
        self._handler = handler

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        reserved = _reserved(properties)
        made: Created = self._handler["create"](logical_id, properties, stack)
        _set(made[0], reserved)
        return made

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        reserved = _reserved(new)
        made: Created = self._handler["update"](physical_id, old, new, stack, logical_id)
        # What an operator set stays, unless this deployment changes the property.
        if made[0] != physical_id or reserved != _reserved(old):
            _set(made[0], reserved)
        return made

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler["delete"](physical_id, properties)


def _reserved(properties: Properties) -> int | None:
    text = properties.get(PROPERTY)
    if text is None:
        return None
    if not str(text).isdecimal():
        raise ResourceFailed(f"{PROPERTY} must be a whole number, 0 or more")
    return int(str(text))


def _set(function: str, reserved: int | None) -> None:
    core("services.lambda_svc")._functions[function]["concurrency"] = reserved


@patch
def templates_reserve_concurrency() -> None:
    register("AWS::Lambda::Function", _Function(resource_type("AWS::Lambda::Function")))

"""Log groups created by CloudFormation."""

import json
from typing import Any

from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    Properties,
    ResourceFailed,
    register,
    resource_type,
)
from tools.local.engine.patching import patch, service

TYPE = "AWS::Logs::LogGroup"


class _LogGroup:
    """AWS::Logs::LogGroup never takes over a group that exists. The engine replaces it by an empty one."""

    def __init__(self, handler: dict[str, Any]) -> None:
        self._handler = handler

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = properties.get("LogGroupName")
        if name and name in service("cloudwatch_logs")._log_groups:
            identifier = json.dumps({"/properties/LogGroupName": name}, separators=(",", ":"))
            raise ResourceFailed(f"Resource of type '{TYPE}' with identifier '{identifier}' already exists.")
        created: Created = self._handler["create"](logical_id, properties, stack)
        return created

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if new.get("LogGroupName") != old.get("LogGroupName"):
            return self.create(logical_id, new, stack)
        updated: Created = self._handler["update"](physical_id, old, new, stack, logical_id)
        return updated

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler["delete"](physical_id, properties)


@patch
def an_existing_log_group_is_refused() -> None:
    """AWS refuses to create a log group whose name is in use."""
    register(TYPE, _LogGroup(resource_type(TYPE)))

"""DynamoDB tables created by CloudFormation."""

from typing import Any

from tools.local.aws.cloudformation.engine_calls import call
from tools.local.aws.cloudformation.engine_provisioners import (
    Created,
    Properties,
    ResourceFailed,
    draw_new_name,
    physical_name,
    register,
    resource_type,
)
from tools.local.engine.patching import core, patch


class _Table:
    """AWS::DynamoDB::Table with its TimeToLiveSpecification, which the engine's provisioner does not read.

    The items expire as in a table whose setting came from UpdateTimeToLive: some time after their date. A table never
    replaces another one: the engine creates an empty table where an earlier stack retained its own.
    """

    def __init__(self, handler: dict[str, Any]) -> None:
        self._handler = handler

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = properties.get("TableName")
        if name and _exists(name):
            raise ResourceFailed(f"{name} already exists")
        if not name and _exists(physical_name(stack, logical_id, longest=255)):
            draw_new_name()
        physical_id, attributes = self._handler["create"](logical_id, properties, stack)
        _set_expiry(physical_id, {}, properties)
        return physical_id, attributes

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        new_id, attributes = self._handler["update"](physical_id, old, new, stack, logical_id)
        _set_expiry(new_id, old if new_id == physical_id else {}, new)
        return new_id, attributes

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler["delete"](physical_id, properties)


def _exists(table: str) -> bool:
    return table in core("services.dynamodb")._tables


def _set_expiry(table: str, old: Properties, new: Properties) -> None:
    was, wanted = old.get("TimeToLiveSpecification"), new.get("TimeToLiveSpecification")
    if wanted:
        enabled = str(wanted.get("Enabled")).lower() == "true"
        setting = {
            "Enabled": enabled,
            "AttributeName": wanted.get("AttributeName") or (was or {}).get("AttributeName"),
        }
    elif was:
        setting = {"Enabled": False, "AttributeName": was["AttributeName"]}
    else:
        return
    if was != wanted:
        call("dynamodb", "_update_ttl", {"TableName": table, "TimeToLiveSpecification": setting})


@patch
def tables_expire_items_and_are_kept() -> None:
    """Restore TimeToLiveSpecification and `DeletionPolicy: Retain`; see `_Table`."""
    register("AWS::DynamoDB::Table", _Table(resource_type("AWS::DynamoDB::Table")))

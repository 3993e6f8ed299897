"""AWS::Events::Archive and AWS::Events::EventBusPolicy, with the engine's archives, replay and bus policies."""

import json
from typing import Any

from tools.local.aws.cloudformation.engine_calls import call
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.aws.eventbridge.engine_buses import bus_policy, drop_bus_policy, existing_bus


class Archive:
    """Stores every event of a bus for replay. `Ref` is the name, the attributes are Arn and ArchiveName."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = properties.get("ArchiveName") or physical_name(stack, logical_id, longest=48)
        source = properties.get("SourceArn")
        if not source:
            raise ResourceFailed("SourceArn is required")
        _bus, arn = existing_bus(source)
        request = {"ArchiveName": name, "EventSourceArn": arn, **_changeable(properties)}
        return name, _archive_attributes(name, call("eventbridge", "_create_archive", request))

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if (old.get("ArchiveName"), old.get("SourceArn")) != (new.get("ArchiveName"), new.get("SourceArn")):
            if new.get("ArchiveName") == physical_id:
                raise ResourceFailed(
                    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                    f"Rename {physical_id} and update the stack again."
                )
            return self.create(logical_id, new, stack)
        request = {"ArchiveName": physical_id, **_changeable(new)}
        return physical_id, _archive_attributes(physical_id, call("eventbridge", "_update_archive", request))

    def delete(self, physical_id: str, properties: Properties) -> None:
        archives = call("eventbridge", "_list_archives", {"NamePrefix": physical_id})["Archives"]
        if any(archive["ArchiveName"] == physical_id for archive in archives):
            call("eventbridge", "_delete_archive", {"ArchiveName": physical_id})


def _changeable(properties: Properties) -> dict[str, Any]:
    pattern = properties.get("EventPattern") or ""
    return {
        "Description": properties.get("Description") or "",
        "RetentionDays": int(properties.get("RetentionDays") or 0),
        "EventPattern": pattern if isinstance(pattern, str) else json.dumps(pattern),
        "KmsKeyIdentifier": properties.get("KmsKeyIdentifier") or "",
    }


def _archive_attributes(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    return {"Arn": answer["ArchiveArn"], "ArchiveName": name}


class EventBusPolicy:
    """One statement of a bus's resource policy, which DescribeEventBus shows. `Ref` is `bus|statement id`."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        bus, arn = existing_bus(properties.get("EventBusName") or "default")
        statement_id = properties.get("StatementId")
        if not statement_id:
            raise ResourceFailed("StatementId is required")
        policy = bus_policy(bus)
        policy["Statement"] = [one for one in policy["Statement"] if one.get("Sid") != statement_id]
        policy["Statement"].append({"Sid": statement_id, **_statement(properties, arn)})
        return f"{bus}|{statement_id}", {}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        return self.create(logical_id, new, stack)

    def delete(self, physical_id: str, properties: Properties) -> None:
        bus, _, statement_id = physical_id.partition("|")
        policy = bus_policy(bus)
        policy["Statement"] = [one for one in policy["Statement"] if one.get("Sid") != statement_id]
        if not policy["Statement"]:
            drop_bus_policy(bus)


def _statement(properties: Properties, bus_arn: str) -> dict[str, Any]:
    """The statement itself, or the one that the older properties (Action, Principal, Condition) describe."""
    given = properties.get("Statement")
    if given:
        return {key: value for key, value in dict(given).items() if key != "Sid"}
    principal = properties.get("Principal")
    if not principal:
        raise ResourceFailed("either Statement or Principal is required")
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:aws:iam::{principal}:root"},
        "Action": properties.get("Action") or "events:PutEvents",
        "Resource": bus_arn,
    }
    condition = properties.get("Condition")
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement

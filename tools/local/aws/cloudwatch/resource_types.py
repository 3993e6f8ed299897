"""AWS::CloudWatch::CompositeAlarm, on the engine's composite alarms."""

from typing import Any

from tools.local.aws.cloudformation.engine_calls import call
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.home import ACCOUNT, REGION

_KEPT = ("AlarmRule", "AlarmDescription", "AlarmActions", "OKActions", "InsufficientDataActions", "Tags")


def _call(operation: str, request: dict[str, Any]) -> None:
    """The engine's functions for CloudWatch serve three protocols. JSON is used here."""
    call("cloudwatch", operation, {}, request, False, True)


class CompositeAlarm:
    """`Ref` is the name; the attribute is Arn. Its rule may name only alarms that exist."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        if not properties.get("AlarmRule"):
            raise ResourceFailed("AlarmRule is required")
        name = properties.get("AlarmName") or physical_name(stack, logical_id, longest=255)
        request: dict[str, Any] = {"AlarmName": name, "ActionsEnabled": properties.get("ActionsEnabled", True)}
        request.update({key: properties[key] for key in _KEPT if key in properties})
        _call("_put_composite_alarm", request)
        return name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        return self.create(logical_id, new, stack)

    def delete(self, physical_id: str, properties: Properties) -> None:
        _call("_delete_alarms", {"AlarmNames": [physical_id]})

"""AWS::CloudWatch::CompositeAlarm, with the engine's composite alarms."""

from typing import Any

from tools.local.aws.cloudformation.engine_calls import call_alarms
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.home import ACCOUNT, REGION

_KEPT = ("AlarmRule", "AlarmDescription", "AlarmActions", "OKActions", "InsufficientDataActions", "Tags")


class CompositeAlarm:
    """`Ref` is the name; the attribute is Arn. Its rule may name only alarms that exist."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        if not properties.get("AlarmRule"):
            raise ResourceFailed("AlarmRule is required")
        name = properties.get("AlarmName") or physical_name(stack, logical_id, longest=255)
        request: dict[str, Any] = {"AlarmName": name, "ActionsEnabled": properties.get("ActionsEnabled", True)}
        request.update({key: properties[key] for key in _KEPT if key in properties})
        call_alarms("_put_composite_alarm", request)
        return name, {"Arn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        return self.create(logical_id, new, stack)

    def delete(self, physical_id: str, properties: Properties) -> None:
        call_alarms("_delete_alarms", {"AlarmNames": [physical_id]})

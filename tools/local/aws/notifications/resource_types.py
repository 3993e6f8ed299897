"""AWS::CodeStarNotifications::NotificationRule and AWS::CodeConnections::Connection."""

from collections.abc import Callable

from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed
from tools.local.aws.json_api import Document
from tools.local.aws.notifications.connections import ConnectionsService
from tools.local.aws.notifications.rules import EVENT_TYPES, Rules
from tools.local.home import ACCOUNT, REGION

_RULE = ("Name", "DetailType", "Resource", "EventTypeIds", "Targets", "Status", "Tags")
_CONNECTION = ("ConnectionName", "ProviderType", "Tags")
_PROVIDERS = ("Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged")


class NotificationRule:
    """`Ref` is the ARN."""

    def __init__(self, rules: Rules, new_id: Callable[[], str]) -> None:
        self._rules, self._new_id = rules, new_id

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        arn = f"arn:aws:codestar-notifications:{REGION}:{ACCOUNT}:notificationrule/{self._new_id().replace('-', '')}"
        self._rules.known[arn] = _rule(properties)
        return arn, {"Arn": arn}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if old.get("Resource") != new.get("Resource"):
            return self.create(logical_id, new, stack)
        self._rules.known[physical_id] = _rule(new)
        return physical_id, {"Arn": physical_id}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._rules.known.pop(physical_id, None)


def _rule(properties: Properties) -> Document:
    _only(properties, _RULE)
    for key in ("Name", "DetailType", "Resource", "EventTypeIds", "Targets"):
        if not properties.get(key):
            raise ResourceFailed(f"{key} is required")
    if properties["DetailType"] not in ("BASIC", "FULL"):
        raise ResourceFailed("DetailType must be BASIC or FULL")
    for event_type in properties["EventTypeIds"]:
        if event_type not in EVENT_TYPES:
            raise ResourceFailed(f"the local cloud does not know the event type {event_type}")
    for target in properties["Targets"]:
        if target.get("TargetType") != "SNS":
            raise ResourceFailed(
                f"the local cloud does not know the target type {target.get('TargetType')}; it knows SNS"
            )
    return {
        "name": properties["Name"],
        "resource": properties["Resource"],
        "types": list(properties["EventTypeIds"]),
        "topics": [target["TargetAddress"] for target in properties["Targets"]],
        "status": properties.get("Status", "ENABLED"),
    }


class Connection:
    """`Ref` is the ARN. The attributes are ConnectionArn, ConnectionStatus and OwnerAccountId."""

    def __init__(self, connections: ConnectionsService, new_id: Callable[[], str]) -> None:
        self._connections, self._new_id = connections, new_id

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        _only(properties, _CONNECTION)
        name, provider = properties.get("ConnectionName"), properties.get("ProviderType")
        if not name or provider not in _PROVIDERS:
            raise ResourceFailed(f"ConnectionName and a ProviderType of {', '.join(_PROVIDERS)} are required")
        arn = f"arn:aws:codeconnections:{REGION}:{ACCOUNT}:connection/{self._new_id()}"
        self._connections.known[arn] = {
            "ConnectionName": name,
            "ConnectionArn": arn,
            "ProviderType": provider,
            "OwnerAccountId": ACCOUNT,
            "ConnectionStatus": "PENDING",
        }
        return arn, {"ConnectionArn": arn, "ConnectionStatus": "PENDING", "OwnerAccountId": ACCOUNT}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if any(old.get(key) != new.get(key) for key in ("ConnectionName", "ProviderType")):
            return self.create(logical_id, new, stack)
        return physical_id, {"ConnectionArn": physical_id, "ConnectionStatus": "PENDING", "OwnerAccountId": ACCOUNT}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._connections.known.pop(physical_id, None)


def _only(properties: Properties, served: tuple[str, ...]) -> None:
    for key in properties:
        if key not in served:
            raise ResourceFailed(f"the local cloud does not know the property {key}")

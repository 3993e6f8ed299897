"""The service codestar-notifications. Its rules are created through CloudFormation; the API only lists them."""

import json

from tools.local.aws.notifications.rules import Rules
from tools.local.engine.own_services import Asked, Response


def arn_of_request(_asked: Asked) -> str:
    return "*"


class NotificationsService:
    """A service of the engine; see `engine/own_services.py`."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.get_state, self.reset = rules.get_state, rules.reset
        self.load_persisted_state = rules.load_persisted_state

    async def handle_request(
        self,
        method: str,
        path: str,
        headers: dict[str, str],  # noqa: ARG002 - the engine's contract
        body: bytes,  # noqa: ARG002 - the engine's contract
        query: dict[str, list[str]],  # noqa: ARG002 - the engine's contract
    ) -> Response:
        kind = {"Content-Type": "application/json"}
        if method == "POST" and path == "/listNotificationRules":
            found = [{"Id": arn.rpartition("/")[2], "Arn": arn} for arn in self._rules.known]
            return 200, kind, json.dumps({"NotificationRules": found}).encode()
        problem = {"Code": "InvalidAction", "Message": f"{method} {path} is not available on the local cloud"}
        return 501, {**kind, "x-amzn-errortype": "InvalidAction"}, json.dumps(problem).encode()

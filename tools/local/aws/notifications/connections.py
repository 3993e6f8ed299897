"""Connections to providers of repositories. They stay PENDING: no person can complete one on the local cloud."""

import json
from copy import deepcopy

from tools.local.aws.json_api import ApiError, Document, JsonService, page
from tools.local.engine.own_services import Asked

TARGET = "com.amazonaws.codeconnections.CodeConnections_20231201"


def arn_of_request(asked: Asked) -> str:
    """The resource that IAM checks: the connection."""
    try:
        request = json.loads(asked.body or b"{}")
    except ValueError:
        return "*"
    return str(request.get("ConnectionArn") or "*") if isinstance(request, dict) else "*"


class ConnectionsService(JsonService):
    """A service of the engine; see `engine/own_services.py`. Connections are created through CloudFormation."""

    def __init__(self) -> None:
        self.known: dict[str, Document] = {}
        operations = {"GetConnection": self._get_connection, "ListConnections": self._list_connections}
        super().__init__("codeconnections", operations, "ValidationException")

    def get_state(self) -> Document:
        return deepcopy(self.known)

    def load_persisted_state(self, data: Document) -> None:
        self.known = data

    def reset(self) -> None:
        self.known.clear()

    def _get_connection(self, request: Document) -> Document:
        found = self.known.get(request["ConnectionArn"])
        if found is None:
            raise ApiError("ResourceNotFoundException", f"{request['ConnectionArn']} does not exist")
        return {"Connection": found}

    def _list_connections(self, request: Document) -> Document:
        found = {"nextToken": request.get("NextToken")} if request.get("NextToken") else {}
        shown, more = page(list(self.known.values()), {**found, "maxResults": request.get("MaxResults")}, 100)
        return {"Connections": shown, **({"NextToken": more["nextToken"]} if more else {})}

"""The listener: who registers hears the events of that source, and of no other."""

import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from ecom.errors import TryAgain
from platform_service import bootstrap
from platform_service.connections import Connections
from platform_service.handlers import on_any_event, websocket_listener


class Listeners:
    def __init__(self) -> None:
        self.entries: set[tuple[str, str]] = set()

    def add(self, service: str, connection: str, expires_at: int) -> None:
        assert expires_at > 0
        self.entries.add((service, connection))

    def of(self, service: str) -> list[str]:
        return sorted(connection for name, connection in self.entries if name == service)

    def remove(self, service: str, connection: str) -> None:
        self.entries.discard((service, connection))

    def remove_all(self, connection: str) -> None:
        self.entries = {entry for entry in self.entries if entry[1] != connection}


class ApiGateway:
    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []
        self.failing: dict[str, str] = {}

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's names
        if code := self.failing.get(ConnectionId):
            raise ClientError({"Error": {"Code": code}}, "PostToConnection")
        self.heard.append((ConnectionId, json.loads(Data)))


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch) -> Listeners:
    fake = Listeners()
    monkeypatch.setattr(bootstrap, "listeners", lambda: fake)
    return fake


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> ApiGateway:
    fake = ApiGateway()
    adapter = Connections(cast(Any, fake))
    monkeypatch.setattr(bootstrap, "connections", lambda: adapter)
    return fake


def message(route: str, connection: str, body: Any = None) -> int:
    context = {"routeKey": route, "connectionId": connection}
    answer = websocket_listener.handler({"requestContext": context, "body": json.dumps(body)}, None)
    return int(answer["statusCode"])


EVENT = {"source": "ecommerce.orders", "detail-type": "OrderCreated", "detail": {"orderId": "1"}}


def test_who_registered_hears_the_whole_event(listeners: Listeners, connections: ApiGateway) -> None:
    assert message("$connect", "a") == 200
    assert message("register", "a", {"action": "register", "serviceName": "ecommerce.orders"}) == 200
    assert message("register", "b", {"action": "register", "serviceName": "ecommerce.users"}) == 200
    on_any_event.handler(EVENT, None)
    assert connections.heard == [("a", EVENT)]


def test_who_left_hears_nothing(listeners: Listeners, connections: ApiGateway) -> None:
    message("register", "a", {"serviceName": "ecommerce.orders"})
    message("register", "a", {"serviceName": "ecommerce.users"})
    assert message("$disconnect", "a") == 200
    on_any_event.handler(EVENT, None)
    assert (connections.heard, listeners.entries) == ([], set())


@pytest.mark.parametrize("body", [None, {}, {"serviceName": ""}, {"serviceName": "aws.s3"}, {"serviceName": ["x"]}])
def test_a_wrong_name_is_refused(listeners: Listeners, body: Any) -> None:
    assert message("register", "a", body) == 400
    assert listeners.entries == set()


def test_one_that_is_gone_is_forgotten_and_the_rest_hear(listeners: Listeners, connections: ApiGateway) -> None:
    for name in ("a", "b"):
        message("register", name, {"serviceName": "ecommerce.orders"})
    connections.failing["a"] = "GoneException"
    on_any_event.handler(EVENT, None)
    assert [name for name, _ in connections.heard] == ["b"]
    assert listeners.of("ecommerce.orders") == ["b"]


def test_another_failure_is_raised_after_all_were_tried(listeners: Listeners, connections: ApiGateway) -> None:
    for name in ("a", "b"):
        message("register", name, {"serviceName": "ecommerce.orders"})
    connections.failing["a"] = "LimitExceededException"
    with pytest.raises(TryAgain, match="LimitExceeded"):
        on_any_event.handler(EVENT, None)
    assert [name for name, _ in connections.heard] == ["b"]

"""The listener: a client that registers receives the events of that source, and no others."""

import json
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from ecom.errors import TryAgain
from ecom_testkit.lambda_events import LambdaContext
from platform_service import bootstrap
from platform_service.connections import Connections
from platform_service.domain import MAY_REGISTER, WAIT_SECONDS
from platform_service.handlers import on_any_event, websocket_listener
from platform_service.repository import Listeners


class ApiGateway:
    def __init__(self) -> None:
        self.received: list[tuple[str, Any]] = []
        self.failing: dict[str, str] = {}

    def post_to_connection(self, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's names
        if code := self.failing.get(ConnectionId):
            raise ClientError({"Error": {"Code": code}}, "PostToConnection")
        self.received.append((ConnectionId, json.loads(Data)))


@pytest.fixture
def listeners(monkeypatch: pytest.MonkeyPatch, in_memory: Listeners) -> Listeners:
    monkeypatch.setattr(bootstrap, "listeners", lambda: in_memory)
    return in_memory


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> ApiGateway:
    fake = ApiGateway()
    adapter = Connections(cast(Any, fake))
    monkeypatch.setattr(bootstrap, "connections", lambda: adapter)
    return fake


def message(route: str, connection: str, body: Any = None) -> int:
    context = {"routeKey": route, "connectionId": connection}
    answer = websocket_listener.handler({"requestContext": context, "body": json.dumps(body)}, LambdaContext())
    return int(answer["statusCode"])


EVENT = {"source": "ecommerce.orders", "detail-type": "OrderCreated", "detail": {"orderId": "1"}}


def test_a_registered_listener_receives_the_complete_event(listeners: Listeners, connections: ApiGateway) -> None:
    assert message("$connect", "a") == 200
    assert message("register", "a", {"action": "register", "serviceName": "ecommerce.orders"}) == 200
    assert message("register", "b", {"action": "register", "serviceName": "ecommerce.users"}) == 200
    on_any_event.handler(EVENT, None)
    assert connections.received == [("a", EVENT)]


def test_an_event_waits_for_the_registration_of_a_new_connection(
    listeners: Listeners, connections: ApiGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`register` is on its way: the client sent it, and then caused the event."""
    message("$connect", "a")
    message("register", "b", {"serviceName": "ecommerce.orders"})
    waits: list[float] = []

    def register_at_the_third_wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            message("register", "a", {"serviceName": "ecommerce.orders"})

    monkeypatch.setattr(bootstrap, "sleep", register_at_the_third_wait)
    on_any_event.handler(EVENT, None)
    assert sorted(connections.received, key=str) == [("a", EVENT), ("b", EVENT)]
    assert len(waits) == 3


def test_an_event_waits_a_limited_time_and_not_for_old_connections(
    listeners: Listeners, connections: ApiGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(bootstrap, "sleep", waits.append)
    listeners.connect("idle", int((bootstrap.now() - MAY_REGISTER).timestamp()) - 1, 2_000_000_000)
    on_any_event.handler(EVENT, None)
    assert waits == []
    message("$connect", "a")
    on_any_event.handler(EVENT, None)
    assert sum(waits) == pytest.approx(WAIT_SECONDS)
    assert connections.received == []


def test_a_disconnected_listener_receives_nothing(listeners: Listeners, connections: ApiGateway) -> None:
    message("register", "a", {"serviceName": "ecommerce.orders"})
    message("register", "a", {"serviceName": "ecommerce.users"})
    assert message("$disconnect", "a") == 200
    on_any_event.handler(EVENT, None)
    assert connections.received == []
    assert listeners.connections_of("ecommerce.orders") == listeners.connections_of("ecommerce.users") == []


@pytest.mark.parametrize("body", [None, {}, {"serviceName": ""}, {"serviceName": "aws.s3"}, {"serviceName": ["x"]}])
def test_an_invalid_service_name_is_refused(monkeypatch: pytest.MonkeyPatch, body: Any) -> None:
    monkeypatch.setattr(bootstrap, "listeners", pytest.fail)
    assert message("register", "a", body) == 400


def test_a_closed_connection_is_removed_and_the_others_receive_the_event(
    listeners: Listeners, connections: ApiGateway
) -> None:
    for name in ("a", "b"):
        message("register", name, {"serviceName": "ecommerce.orders"})
    connections.failing["a"] = "GoneException"
    on_any_event.handler(EVENT, None)
    assert [name for name, _ in connections.received] == ["b"]
    assert listeners.connections_of("ecommerce.orders") == ["b"]


def test_another_failure_is_raised_after_the_last_listener(listeners: Listeners, connections: ApiGateway) -> None:
    for name in ("a", "b"):
        message("register", name, {"serviceName": "ecommerce.orders"})
    connections.failing["a"] = "LimitExceededException"
    with pytest.raises(TryAgain, match="LimitExceeded"):
        on_any_event.handler(EVENT, None)
    assert [name for name, _ in connections.received] == ["b"]

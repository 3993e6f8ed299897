"""DynamoDB is throttled or fails: every operation raises TryAgain, and every handler answers with it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from ecom.errors import TryAgain
from ecom_testkit.lambda_events import LambdaContext
from ecom_testkit.throttling import FAILURES, FailingClient
from platform_service import bootstrap
from platform_service.handlers import on_any_event, websocket_listener
from platform_service.repository import NEW, Listeners, ListenersTable


class OneListener:
    """A client whose queries find one listener and that forwards nothing else."""

    def query(self, **request: Any) -> dict[str, Any]:
        if NEW in str(request):
            return {"Items": []}
        return {"Items": [{"serviceName": {"S": "ecommerce.orders"}, "connectionId": {"S": "a"}}]}

    def put_item(self, **_: object) -> dict[str, Any]:
        return {}


OPERATIONS: dict[str, tuple[Callable[[Listeners], object], int]] = {
    "connect": (lambda listeners: listeners.connect("a", 1, 2), 0),
    "new_connections": (lambda listeners: listeners.new_connections(), 0),
    "add": (lambda listeners: listeners.add("ecommerce.orders", "a", 1), 0),
    "add after its put": (lambda listeners: listeners.add("ecommerce.orders", "a", 1), 1),
    "connections_of": (lambda listeners: listeners.connections_of("ecommerce.orders"), 0),
    "remove": (lambda listeners: listeners.remove("ecommerce.orders", "a"), 0),
    "remove_all": (lambda listeners: listeners.remove_all("a"), 0),
    "remove_all after its query": (lambda listeners: listeners.remove_all("a"), 1),
}


def failing(code: str, status: int, succeed: int = 0) -> ListenersTable:
    client: Any = FailingClient(code, status, OneListener(), succeed)
    return ListenersTable(client, "listeners")


@pytest.mark.parametrize(("code", "status"), FAILURES)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_raises_try_again(name: str, code: str, status: int) -> None:
    operation, succeed = OPERATIONS[name]
    with pytest.raises(TryAgain):
        operation(failing(code, status, succeed))


@pytest.mark.parametrize("route", ["$connect", "register", "$disconnect"])
def test_the_listener_answers_503(monkeypatch: pytest.MonkeyPatch, route: str) -> None:
    monkeypatch.setattr(bootstrap, "listeners", lambda: failing(*FAILURES[0]))
    event = {
        "requestContext": {"routeKey": route, "connectionId": "a"},
        "body": json.dumps({"serviceName": "ecommerce.orders"}),
    }
    assert websocket_listener.handler(event, LambdaContext())["statusCode"] == 503


@pytest.mark.parametrize("succeed", [0, 1, 2])
def test_an_event_that_is_not_forwarded_is_a_failure(monkeypatch: pytest.MonkeyPatch, succeed: int) -> None:
    """The function's dead-letter queue receives it."""

    class ClosedConnections:
        def post(self, connection: str, message: bytes) -> bool:
            return False

    monkeypatch.setattr(bootstrap, "listeners", lambda: failing(*FAILURES[0], succeed))
    monkeypatch.setattr(bootstrap, "connections", ClosedConnections)
    with pytest.raises(TryAgain):
        on_any_event.handler({"source": "ecommerce.orders", "detail-type": "OrderCreated", "detail": {}}, None)

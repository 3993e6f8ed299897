"""Each service that createOrder calls, failing in each way: TRY_AGAIN within 5 seconds, and nothing is stored."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.credentials import Credentials

from ecom.http import Request, SignedClient
from orders.tests.builders import LIFETIME, NOON, USER, kettle, request
from orders.tests.fakes import ImmediateExecutor, OrdersInMemory, PaymentTokensInMemory
from orders_service.clients import SignedChecks, SignedWarehouse
from orders_service.create_order import CreateOrder

LIMIT_SECONDS = 5.0
ANSWERS = {
    "products": {"message": "valid"},
    "pricing": {"pricing": 0},
    "payment": {"ok": True},
    "warehouse": {"ok": True, "expiresAt": "2026-03-01T12:15:00.000Z"},
}
CATALOGUE = {"products": [kettle()]}


class World:
    """Four services behind one transport; one of them fails. Waiting advances the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.failing = ""
        self.fail: Callable[[Request], tuple[int, bytes]] = lambda _: (200, b"")
        self.called: list[str] = []
        self.orders = OrdersInMemory()
        self.tokens = PaymentTokensInMemory(self.orders, LIFETIME, 2)
        client = SignedClient(
            lambda: Credentials("AKID", "secret"), "eu-west-1", self.answer, self.wait, lambda: self.now
        )
        checks = SignedChecks(client, "https://products", "https://pricing", "https://payment")
        warehouse = SignedWarehouse(client, "https://warehouse")
        self.create_order = CreateOrder(
            self.orders, self.tokens, checks, warehouse, ImmediateExecutor(), lambda: self.now, currency="EUR"
        )

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def answer(self, request: Request) -> tuple[int, bytes]:
        service = urlsplit(request.url).netloc
        self.called.append(service)
        if service == self.failing:
            return self.fail(request)
        return 200, json.dumps(CATALOGUE if request.method == "GET" else ANSWERS[service]).encode()

    def slow(self, request: Request) -> tuple[int, bytes]:
        """The caller gives up at its time limit."""
        self.wait(request.seconds)
        raise TimeoutError

    def refuse_connection(self, _: Request) -> tuple[int, bytes]:
        raise ConnectionRefusedError


FAILURES: dict[str, Callable[[World], Callable[[Request], tuple[int, bytes]]]] = {
    "slow": lambda world: world.slow,
    "no connection": lambda world: world.refuse_connection,
    "403": lambda _: lambda _: (403, b'{"message": "Forbidden"}'),
    "404": lambda _: lambda _: (404, b'{"message": "Not Found"}'),
    "429": lambda _: lambda _: (429, b'{"message": "Too Many Requests"}'),
    "500": lambda _: lambda _: (500, b'{"message": "Internal server error"}'),
    "502": lambda _: lambda _: (502, b"<html>"),
    "503": lambda _: lambda _: (503, b""),
    "504": lambda _: lambda _: (504, b'{"message": "Endpoint request timed out"}'),
    "empty": lambda _: lambda _: (200, b""),
    "garbage": lambda _: lambda _: (200, b"\xff\xfe{"),
    "a list": lambda _: lambda _: (200, b"[]"),
    "another answer": lambda _: lambda _: (200, b'{"answer": 42}'),
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("service", ANSWERS)
def test_no_answer_is_try_again_in_time_and_stores_nothing(service: str, failure: str) -> None:
    world = World()
    world.failing, world.fail = service, FAILURES[failure](world)
    given = request(products=[kettle()])
    answer = world.create_order.run(given, USER, NOON, "request-1")
    assert (answer["success"], answer["order"]) == (False, None)
    assert [problem["code"] for problem in answer["problems"]] == ["TRY_AGAIN"]
    assert world.now < LIMIT_SECONDS
    assert world.orders.items == {}
    if service != "warehouse":
        assert "warehouse" not in world.called, "no reservation has to lapse"
    world.failing = ""
    assert world.create_order.run(given, USER, NOON, "request-2")["success"] is True
    assert len(world.orders.items) == 1


@pytest.mark.parametrize("line", [kettle(), {"productId": "kettle"}])
def test_a_delivery_without_a_price_is_refused_and_frees_the_token(line: dict[str, Any]) -> None:
    """Its weight is allowed, but its price is above GraphQL's Int: sending it again would change nothing."""
    world = World()
    world.failing, world.fail = "pricing", lambda _: (400, b'{"message": "the price must be at most 1"}')
    given = request(products=[line])
    answer = world.create_order.run_for_service(given, USER, NOON, "request-1")
    assert [problem["code"] for problem in answer["problems"]] == ["INVALID_INPUT"]
    assert "the price must be at most 1" in answer["errors"][0]
    world.failing = ""
    assert world.create_order.run_for_service(given, USER, NOON, "request-2")["success"] is True

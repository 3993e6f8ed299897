"""Each service that createOrder asks, in each way of not answering: TRY_AGAIN within 5 seconds, and nothing is kept."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from botocore.credentials import Credentials

from ecom.http import Request, SignedClient
from orders.tests.builders import NOON, USER, line, request
from orders.tests.fakes import AtOnce, OrdersInMemory
from orders_service.clients import SignedChecks, SignedWarehouse
from orders_service.config import CheckUrls
from orders_service.create_order import Placing

LIMIT_SECONDS = 5.0
RIGHT = {
    "products": {"message": "all right"},
    "pricing": {"pricing": 0},
    "payment": {"ok": True},
    "warehouse": {"ok": True, "expiresAt": "2026-03-01T12:15:00.000Z"},
}


class World:
    """Four services behind one transport; one of them misbehaves. Waiting is done by the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.who = ""
        self.misbehave: Callable[[Request], tuple[int, bytes]] = lambda _: (200, b"")
        self.asked: list[str] = []
        self.orders = OrdersInMemory()
        client = SignedClient(
            lambda: Credentials("AKID", "secret"), "eu-west-1", self.answer, self.wait, lambda: self.now
        )
        checks = SignedChecks(client, CheckUrls("https://products", "https://pricing", "https://payment"))
        warehouse = SignedWarehouse(client, "https://warehouse")
        self.placing = Placing(self.orders, checks, warehouse, AtOnce(), lambda: self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def answer(self, asked: Request) -> tuple[int, bytes]:
        service = urlsplit(asked.url).netloc
        self.asked.append(service)
        if service == self.who:
            return self.misbehave(asked)
        return 200, json.dumps(RIGHT[service]).encode()

    def slow(self, asked: Request) -> tuple[int, bytes]:
        """It would answer some day; who waits gives up at the limit that was set."""
        self.wait(asked.seconds)
        raise TimeoutError

    def nothing(self, _: Request) -> tuple[int, bytes]:
        raise ConnectionRefusedError


WAYS: dict[str, Callable[[World], Callable[[Request], tuple[int, bytes]]]] = {
    "slow": lambda world: world.slow,
    "nothing": lambda world: world.nothing,
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


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", RIGHT)
def test_no_answer_is_try_again_in_time_and_keeps_nothing(who: str, way: str) -> None:
    world = World()
    world.who, world.misbehave = who, WAYS[way](world)
    given = request(products=[line()])
    answer = world.placing.place(given, USER, NOON, "request-1")
    assert (answer["success"], answer["order"]) == (False, None)
    assert [problem["code"] for problem in answer["problems"]] == ["TRY_AGAIN"]
    assert world.now < LIMIT_SECONDS
    assert world.orders.items == {}
    if who != "warehouse":
        assert "warehouse" not in world.asked, "nothing was reserved, so nothing has to lapse"
    world.who = ""
    assert world.placing.place(given, USER, NOON, "request-2")["success"] is True
    assert len(world.orders.items) == 1

"""What other services answer, and what it means. What the contract does not have means nothing."""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.errors import TryAgain
from ecom.http import Refused, Request, SignedClient
from orders.tests.builders import address, line, mug
from orders_service.clients import SignedChecks, SignedWarehouse
from orders_service.config import CheckUrls

URLS = CheckUrls("https://products", "https://pricing", "https://payment")
LINES = [line(), mug()]


class Service:
    def __init__(self, status: int, body: Any) -> None:
        self.answer = status, body if isinstance(body, bytes) else json.dumps(body).encode()
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> tuple[int, bytes]:
        self.requests.append(request)
        return self.answer

    @property
    def asked(self) -> tuple[str, Any]:
        return self.requests[-1].url, json.loads(self.requests[-1].body)


def client(service: Service) -> SignedClient:
    return SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", service, lambda seconds: None)


def checks(status: int, body: Any) -> tuple[SignedChecks, Service]:
    service = Service(status, body)
    return SignedChecks(client(service), URLS), service


def warehouse(status: int, body: Any) -> tuple[SignedWarehouse, Service]:
    service = Service(status, body)
    return SignedWarehouse(client(service), "https://warehouse"), service


def product_problems(should_be: list[Any], lines: list[Any] | None = None) -> list[tuple[Any, ...]]:
    asked, _ = checks(200, {"message": "differs", "products": should_be})
    found = asked.product_problems(lines or LINES, 4)
    return [(problem.code, problem.product_id, problem.expected, problem.given) for problem in found]


class TestProducts:
    def test_all_right(self) -> None:
        asked, service = checks(200, {"message": "all right"})
        assert asked.product_problems(LINES, 4) == []
        assert service.asked == ("https://products/backend/validate", {"products": LINES})

    def test_a_changed_price(self) -> None:
        assert product_problems([line(price=4990)]) == [("PRICE_CHANGED", "kettle", 4990, 3990)]

    @pytest.mark.parametrize("changes", [{"name": "Pot"}, {"package": {"width": 1}}])
    def test_a_changed_name_or_package(self, changes: dict[str, Any]) -> None:
        assert product_problems([line(**changes)]) == [("PRICE_CHANGED", "kettle", 3990, 3990)]

    def test_an_unknown_product_comes_back_as_it_was_given(self) -> None:
        assert product_problems([line()]) == [("UNKNOWN_PRODUCT", "kettle", None, None)]
        assert product_problems([line(package={**line()["package"]}), mug(price=1)]) == [
            ("UNKNOWN_PRODUCT", "kettle", None, None),
            ("PRICE_CHANGED", "mug", 1, 990),
        ]

    def test_two_lines_of_one_product_at_two_prices(self) -> None:
        two = [line(price=1), line()]
        assert product_problems([line()], two) == [("PRICE_CHANGED", "kettle", 3990, 1)]
        assert product_problems(two, two) == [("UNKNOWN_PRODUCT", "kettle", None, None)]
        both = product_problems([line(price=5), line(price=5)], two)
        assert both == [("PRICE_CHANGED", "kettle", 5, 1), ("PRICE_CHANGED", "kettle", 5, 3990)]

    @pytest.mark.parametrize(
        "should_be", [[], [mug(productId="other")], ["kettle"], {}, None, [{}], [line(price=None)], [line(price="1")]]
    )
    def test_an_answer_that_says_nothing_we_know_is_none(self, should_be: Any) -> None:
        asked, _ = checks(200, {"message": "differs", "products": should_be})
        with pytest.raises(TryAgain):
            asked.product_problems(LINES, 4)


class TestPricesAndPayments:
    def test_the_price(self) -> None:
        asked, service = checks(200, {"pricing": 1000})
        assert asked.delivery_price(LINES, address(), 4) == 1000
        assert service.asked == ("https://pricing/backend/pricing", {"products": LINES, "address": address()})

    @pytest.mark.parametrize("ok", [True, False])
    def test_whether_the_payment_covers(self, ok: bool) -> None:
        asked, service = checks(200, {"ok": ok})
        assert asked.payment_covers("token", 11940, 4) is ok
        assert service.asked == ("https://payment/backend/validate", {"paymentToken": "token", "total": 11940})


class TestWarehouse:
    def test_reserved(self) -> None:
        asked, service = warehouse(200, {"ok": True, "expiresAt": "2026-03-01T12:15:00.000Z"})
        assert asked.shortages("order-1", LINES, 4) == []
        wanted = [{"productId": "kettle", "quantity": 2}, {"productId": "mug", "quantity": 4}]
        assert service.asked == ("https://warehouse/backend/reserve", {"orderId": "order-1", "products": wanted})

    def test_too_little(self) -> None:
        short = {"code": "INSUFFICIENT_STOCK", "productId": "mug", "requested": 4, "available": 1}
        asked, _ = warehouse(409, {"ok": False, "problems": [short]})
        (problem,) = asked.shortages("order-1", LINES, 4)
        assert (problem.code, problem.product_id, problem.requested, problem.available) == (
            "INSUFFICIENT_STOCK",
            "mug",
            4,
            1,
        )

    def test_cancelled_or_too_late(self) -> None:
        asked, service = warehouse(200, {"ok": True})
        assert asked.cancels("order-1", 4) is True
        assert service.asked == ("https://warehouse/backend/cancel", {"orderId": "order-1"})
        asked, _ = warehouse(409, {"ok": False, "problems": [{"code": "PACKAGING_STARTED"}]})
        assert asked.cancels("order-1", 4) is False


NO_ANSWERS: list[tuple[int, Any]] = [
    (500, {"message": "Internal server error"}),
    (502, b"<html>"),
    (200, b"<html>"),
    (200, b""),
    (200, []),
    (400, {"message": "malformed"}),
    (404, {"message": "gone"}),
    (409, {}),
    (302, {}),
]


@pytest.mark.parametrize(("status", "body"), NO_ANSWERS)
def test_what_is_no_answer_of_the_contract_is_neither_yes_nor_no(status: int, body: Any) -> None:
    asked, _ = checks(status, body)
    store, _ = warehouse(status, body)
    for ask in (
        lambda: asked.product_problems(LINES, 4),
        lambda: asked.delivery_price(LINES, address(), 4),
        lambda: asked.payment_covers("token", 1, 4),
        lambda: store.shortages("order-1", LINES, 4),
        lambda: store.cancels("order-1", 4),
    ):
        with pytest.raises(TryAgain):
            ask()


@pytest.mark.parametrize("body", [{}, {"pricing": -1}, {"pricing": "1"}, {"pricing": True}, {"ok": "true"}, {"ok": 1}])
def test_a_yes_is_said_as_the_contract_says_it(body: Any) -> None:
    asked, _ = checks(200, body)
    store, _ = warehouse(200, body)
    for ask in (
        lambda: asked.product_problems(LINES, 4),
        lambda: asked.delivery_price(LINES, address(), 4),
        lambda: asked.payment_covers("token", 1, 4),
        lambda: store.shortages("order-1", LINES, 4),
        lambda: store.cancels("order-1", 4),
    ):
        with pytest.raises(TryAgain):
            ask()


def test_a_forbidden_call_is_no_yes() -> None:
    asked, _ = checks(403, {"message": "Forbidden"})
    with pytest.raises(Refused):
        asked.product_problems(LINES, 4)

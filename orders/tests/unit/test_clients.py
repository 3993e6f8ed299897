"""The answers of other services. An answer outside the contract is an unknown outcome: TryAgain."""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.errors import InvalidInput, TryAgain
from ecom.http import Refused, Request, SignedClient
from orders.tests.builders import address, kettle, lines, mug
from orders_service.clients import SignedChecks, SignedWarehouse

URLS = ("https://products", "https://pricing", "https://payment")
PRODUCTS = [kettle(), mug()]
LINES = lines(*PRODUCTS)


class Service:
    def __init__(self, status: int, body: Any) -> None:
        self.answer = status, body if isinstance(body, bytes) else json.dumps(body).encode()
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> tuple[int, bytes]:
        self.requests.append(request)
        return self.answer

    @property
    def received(self) -> tuple[str, Any]:
        return self.requests[-1].url, json.loads(self.requests[-1].body or "null")


def client(service: Service) -> SignedClient:
    return SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", service, lambda seconds: None)


def checks(status: int, body: Any) -> tuple[SignedChecks, Service]:
    service = Service(status, body)
    return SignedChecks(client(service), *URLS), service


def warehouse(status: int, body: Any) -> tuple[SignedWarehouse, Service]:
    service = Service(status, body)
    return SignedWarehouse(client(service), "https://warehouse"), service


def product_problems(answer: list[Any], products: list[Any] = PRODUCTS) -> list[tuple[Any, ...]]:
    checked, _ = checks(200, {"message": "differs", "products": answer})
    found = checked.product_problems(lines(*products), 4)
    return [(problem.code, problem.product_id, problem.expected, problem.given) for problem in found]


class TestCatalogue:
    def test_products_by_id_are_lines_without_a_quantity(self) -> None:
        checked, service = checks(200, {"products": [{**kettle(), "currency": "EUR", "quantity": 7}]})
        found = checked.products(["kettle", "a&b, c"], 4)
        assert service.requests[0].url == "https://products/backend/products?ids=kettle&ids=a%26b%2C%20c"
        (line,) = found.values()
        assert (line.product_id, line.name, line.price, line.quantity) == ("kettle", "Kettle", 3990, None)
        assert line.package == kettle()["package"]


class TestProducts:
    def test_products_that_agree_with_the_catalogue_have_no_problem(self) -> None:
        checked, service = checks(200, {"message": "valid"})
        assert checked.product_problems(LINES, 4) == []
        assert service.received == ("https://products/backend/validate", {"products": PRODUCTS})

    def test_a_changed_price_is_a_problem(self) -> None:
        assert product_problems([kettle(price=4990)]) == [("PRICE_CHANGED", "kettle", 4990, 3990)]

    @pytest.mark.parametrize("changes", [{"name": "Pot"}, {"package": {"width": 1}}])
    def test_a_changed_name_or_package_is_a_problem(self, changes: dict[str, Any]) -> None:
        assert product_problems([kettle(**changes)]) == [("PRICE_CHANGED", "kettle", 3990, 3990)]

    def test_a_product_that_is_returned_as_it_was_sent_is_unknown(self) -> None:
        assert product_problems([kettle()]) == [("UNKNOWN_PRODUCT", "kettle", None, None)]
        assert product_problems([kettle(package={**kettle()["package"]}), mug(price=1)]) == [
            ("UNKNOWN_PRODUCT", "kettle", None, None),
            ("PRICE_CHANGED", "mug", 1, 990),
        ]

    def test_of_two_lines_of_one_product_only_the_wrong_one_is_a_problem(self) -> None:
        two = [kettle(price=1), kettle()]
        assert product_problems([kettle()], two) == [("PRICE_CHANGED", "kettle", 3990, 1)]
        assert product_problems(two, two) == [("UNKNOWN_PRODUCT", "kettle", None, None)]
        both = product_problems([kettle(price=5), kettle(price=5)], two)
        assert both == [("PRICE_CHANGED", "kettle", 5, 1), ("PRICE_CHANGED", "kettle", 5, 3990)]

    @pytest.mark.parametrize(
        "answer", [[], [mug(productId="other")], ["kettle"], {}, None, [{}], [kettle(price=None)], [kettle(price="1")]]
    )
    def test_an_answer_outside_the_contract_is_try_again(self, answer: Any) -> None:
        checked, _ = checks(200, {"message": "differs", "products": answer})
        with pytest.raises(TryAgain):
            checked.product_problems(LINES, 4)


class TestPricesAndPayments:
    def test_the_delivery_price_is_returned(self) -> None:
        checked, service = checks(200, {"pricing": 1000})
        assert checked.delivery_price(LINES, address(), 4) == 1000
        assert service.received == ("https://pricing/backend/pricing", {"products": PRODUCTS, "address": address()})

    def test_a_delivery_that_has_no_price_is_invalid_input(self) -> None:
        checked, _ = checks(400, {"message": "products: the price of their delivery must be at most 1"})
        with pytest.raises(InvalidInput, match="the price of their delivery must be at most 1"):
            checked.delivery_price(LINES, address(), 4)

    @pytest.mark.parametrize("ok", [True, False])
    def test_the_answer_of_payment_is_returned(self, ok: bool) -> None:
        checked, service = checks(200, {"ok": ok})
        assert checked.payment_covers("token", 11940, 4) is ok
        assert service.received == ("https://payment/backend/validate", {"paymentToken": "token", "total": 11940})


class TestWarehouse:
    def test_a_reservation_has_no_problem(self) -> None:
        checked, service = warehouse(200, {"ok": True, "expiresAt": "2026-03-01T12:15:00.000Z"})
        assert checked.reserve("order-1", LINES, "first", 4) == []
        wanted = [{"productId": "kettle", "quantity": 2}, {"productId": "mug", "quantity": 4}]
        body = {"orderId": "order-1", "products": wanted, "attempt": "first"}
        assert service.received == ("https://warehouse/backend/reserve", body)

    def test_an_attempt_is_released(self) -> None:
        checked, service = warehouse(200, {"ok": True})
        checked.release("order-1", "first", 4)
        assert service.received == ("https://warehouse/backend/release", {"orderId": "order-1", "attempt": "first"})

    def test_due_reservations_come_page_by_page(self) -> None:
        checked, service = warehouse(200, {"orderIds": ["order-1"], "next": "a/b c"})
        assert checked.due(None) == (["order-1"], "a/b c")
        checked, service = warehouse(200, {"orderIds": []})
        assert checked.due("a/b c") == ([], None)
        assert service.received[0] == "https://warehouse/backend/due?next=a%2Fb%20c"

    def test_due_reservations_are_settled(self) -> None:
        checked, service = warehouse(200, {"ok": True, "lapsed": 1})
        assert checked.settle_due(["order-1"], ["order-2"]) == 1
        assert service.received[1] == {"abandoned": ["order-1"], "owned": ["order-2"]}

    def test_insufficient_stock_is_a_problem(self) -> None:
        short = {"code": "INSUFFICIENT_STOCK", "productId": "mug", "requested": 4, "available": 1}
        checked, _ = warehouse(409, {"ok": False, "problems": [short]})
        (problem,) = checked.reserve("order-1", LINES, "first", 4)
        assert (problem.code, problem.product_id, problem.requested, problem.available) == (
            "INSUFFICIENT_STOCK",
            "mug",
            4,
            1,
        )

    def test_a_cancellation_is_accepted_or_too_late(self) -> None:
        checked, service = warehouse(200, {"ok": True})
        assert checked.cancel("order-1", 4) is True
        assert service.received == ("https://warehouse/backend/cancel", {"orderId": "order-1"})
        checked, _ = warehouse(409, {"ok": False, "problems": [{"code": "PACKAGING_STARTED"}]})
        assert checked.cancel("order-1", 4) is False


OUTSIDE_THE_CONTRACT: list[tuple[int, Any]] = [
    (500, {"message": "Internal server error"}),
    (502, b"<html>"),
    (200, b"<html>"),
    (200, b""),
    (200, []),
    (400, {}),
    (404, {"message": "gone"}),
    (409, {}),
    (302, {}),
]


def assert_every_call_has_an_unknown_outcome(status: int, body: Any) -> None:
    checked, _ = checks(status, body)
    store, _ = warehouse(status, body)
    for ask in (
        lambda: checked.product_problems(LINES, 4),
        lambda: checked.delivery_price(LINES, address(), 4),
        lambda: checked.payment_covers("token", 1, 4),
        lambda: store.reserve("order-1", LINES, "first", 4),
        lambda: store.release("order-1", "first", 4),
        lambda: store.due(None),
        lambda: store.settle_due(["order-1"], []),
        lambda: store.cancel("order-1", 4),
    ):
        with pytest.raises(TryAgain):
            ask()


@pytest.mark.parametrize(("status", "body"), OUTSIDE_THE_CONTRACT)
def test_a_response_outside_the_contract_is_an_unknown_outcome(status: int, body: Any) -> None:
    assert_every_call_has_an_unknown_outcome(status, body)


def test_only_delivery_pricing_may_refuse_the_input() -> None:
    """The others have checked nothing that a shopper could correct."""
    checked, _ = checks(400, {"message": "malformed"})
    store, _ = warehouse(400, {"message": "malformed"})
    for ask in (
        lambda: checked.product_problems(LINES, 4),
        lambda: checked.payment_covers("token", 1, 4),
        lambda: store.reserve("order-1", LINES, "first", 4),
        lambda: store.cancel("order-1", 4),
    ):
        with pytest.raises(TryAgain):
            ask()


@pytest.mark.parametrize("body", [{}, {"pricing": -1}, {"pricing": "1"}, {"pricing": True}, {"ok": "true"}, {"ok": 1}])
def test_only_the_exact_response_of_the_contract_is_an_acceptance(body: Any) -> None:
    assert_every_call_has_an_unknown_outcome(200, body)


def test_a_forbidden_call_is_not_an_acceptance() -> None:
    checked, _ = checks(403, {"message": "Forbidden"})
    with pytest.raises(Refused):
        checked.product_problems(LINES, 4)

"""payment and warehouse, as the steps of a return call them."""

from typing import Any

import pytest

from ecom.http import Answer, Unreachable
from returns_service.clients import Declined, PaymentClient, Refunded, WarehouseClient
from returns_service.errors import StillPending


class Client:
    def __init__(self, status: int, body: Any = None) -> None:
        self._answer = Answer(status, body)
        self.calls: list[tuple[Any, ...]] = []

    def call(self, method: str, url: str, body: Any, within: float) -> Answer:
        self.calls.append((method, url, body))
        return self._answer


def refund(client: Any) -> Refunded | Declined:
    return PaymentClient(client, "https://payment").refund("return-1", "order-1", 500)


def test_a_refund() -> None:
    client = Client(200, {"ok": True, "status": "DONE", "amount": 400, "refunded": 900})
    assert refund(client) == Refunded(400)
    body = {"refundId": "return-1", "orderId": "order-1", "amount": 500, "atMost": True}
    assert client.calls == [("POST", "https://payment/backend/refund", body)]


def test_a_silent_provider_leaves_it_pending() -> None:
    with pytest.raises(StillPending):
        refund(Client(202, {"ok": True, "status": "PENDING"}))


@pytest.mark.parametrize("code", ["NOT_CAPTURED", "REFUND_DECLINED", "IDEMPOTENCY_MISMATCH"])
def test_a_refusal_is_final(code: str) -> None:
    assert refund(Client(409, {"ok": False, "problems": [{"code": code, "message": "x"}]})) == Declined(code)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, None),
        (200, {"ok": True}),
        (200, {"ok": True, "amount": "400"}),
        (200, {"ok": False, "amount": 1}),
        (400, {"message": "malformed"}),
        (409, {"problems": []}),
        (404, None),
    ],
)
def test_an_answer_outside_the_contract_is_unknown(status: int, body: Any) -> None:
    with pytest.raises(Unreachable):
        refund(Client(status, body))


def test_restocking() -> None:
    client: Any = Client(200, {"ok": True})
    WarehouseClient(client, "https://warehouse").restock("return-1", {"kettle": 2, "cup": 1})
    lines = [{"productId": "kettle", "quantity": 2}, {"productId": "cup", "quantity": 1}]
    assert client.calls == [("POST", "https://warehouse/backend/restock", {"returnId": "return-1", "lines": lines})]


def test_restocking_that_is_refused_is_unknown() -> None:
    client: Any = Client(400, {"message": "malformed"})
    with pytest.raises(Unreachable):
        WarehouseClient(client, "https://warehouse").restock("return-1", {"kettle": 2})

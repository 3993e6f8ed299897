"""The services that a return needs, over signed REST. Each call may be repeated.

A response outside the contract raises Unreachable: the outcome is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ecom.http import Answer, SignedClient, Unreachable
from ecom.limits import MAX_INT
from ecom.validation import is_integer
from returns_service.errors import StillPending

SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Refunded:
    amount: int


@dataclass(frozen=True, slots=True)
class Declined:
    """Final. `code` is payment's."""

    code: str


class Payment(Protocol):
    def refund(self, return_id: str, order_id: str, amount: int) -> Refunded | Declined:
        """Pay back the amount, or what is left of the payment; once for a return. Raises StillPending."""


class Warehouse(Protocol):
    def restock(self, return_id: str, units: Mapping[str, int]) -> None:
        """Make the units available; once for a return."""


class PaymentClient:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client, self._url = client, f"{url}/backend/refund"

    def refund(self, return_id: str, order_id: str, amount: int) -> Refunded | Declined:
        body = {"refundId": return_id, "orderId": order_id, "amount": amount, "atMost": True}
        answer = self._client.call("POST", self._url, body, within=SECONDS)
        match answer:
            case Answer(200, {"ok": True, "amount": done}) if is_integer(done, 0, MAX_INT):
                return Refunded(done)
            case Answer(202):
                raise StillPending
            case Answer(409, {"problems": [{"code": str(code)}, *_]}):
                return Declined(code)
        raise Unreachable(f"POST /backend/refund: the response {answer.status} is outside the contract")


class WarehouseClient:
    def __init__(self, client: SignedClient, url: str) -> None:
        self._client, self._url = client, f"{url}/backend/restock"

    def restock(self, return_id: str, units: Mapping[str, int]) -> None:
        lines = [{"productId": product_id, "quantity": number} for product_id, number in units.items()]
        answer = self._client.call("POST", self._url, {"returnId": return_id, "lines": lines}, within=SECONDS)
        if answer.status != 200:
            raise Unreachable(f"POST /backend/restock: the response {answer.status} is outside the contract")

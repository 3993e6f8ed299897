"""What partners do: order, look at an order, cancel it.

Guarantees: a partner's reference is one order, however often and concurrently it is sent; createOrder decides, so all
its promises hold. A partner sees and cancels its own orders alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ecom.backoff import Backoff
from ecom.create_order_client import Orders, order_of
from ecom.order_client import OrderReader
from ecom.order_ids import order_id_of
from ecom.order_requests import OrderRequest, OrderRequests, attempt_of
from ecom.times import timestamp
from partners_service.errors import NoSuchOrder
from partners_service.order_bodies import PartnerOrder

USER = "partner:"
MAX_ATTEMPTS = 10


class Cancelling(Protocol):
    def cancel(self, order_id: str, user_id: str) -> Mapping[str, Any]:
        """cancelOrder's answer: the order. Raises what it refuses with, and TryAgain without an answer."""


def user_of(partner: str) -> str:
    return f"{USER}{partner}"


@dataclass(frozen=True, slots=True)
class Placed:
    """`is_new`: this request was the first with its reference."""

    order: Mapping[str, Any]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Ordering:
    requests: OrderRequests
    orders: Orders
    existing: OrderReader
    now: Callable[[], datetime]
    backoff: Backoff = field(default_factory=lambda: Backoff(max_attempts=MAX_ATTEMPTS))

    def place(self, partner: str, wanted: PartnerOrder, request_id: str) -> Placed:
        """Raises OrderRefused, InvalidInput, and TryAgain: the same request may succeed."""
        now, user_id = self.now(), user_of(partner)
        order_id, attempt = order_id_of(user_id, wanted.reference), attempt_of(request_id, now)
        contact = {} if wanted.email is None else {"email": wanted.email}
        more = {"partner": partner, "reference": wanted.reference, "createdDate": timestamp(now), **contact}
        content_hash = wanted.content_hash()
        _, is_new = self.requests.claim(order_id, content_hash, attempt, lambda: more, self.existing, self.backoff)
        answer = self.orders.create(wanted.as_input(), user_id)
        order = order_of(answer, lambda: self.requests.leave(order_id, attempt, self.now()))
        return Placed(shown(order, wanted.reference), is_new)


@dataclass(frozen=True, slots=True)
class OwnOrders:
    """The orders of one partner each."""

    requests: OrderRequests
    orders: OrderReader

    def by_id(self, partner: str, order_id: str) -> Mapping[str, Any]:
        return self._shown(require_own(self.requests, partner, order_id))

    def by_reference(self, partner: str, reference: str) -> Mapping[str, Any]:
        return self.by_id(partner, order_id_of(user_of(partner), reference))

    def _shown(self, request: OrderRequest) -> Mapping[str, Any]:
        order = self.orders.find(request.order_id)
        if order is None:
            raise NoSuchOrder
        return shown(order, request.more["reference"])


def require_own(requests: OrderRequests, partner: str, order_id: str) -> OrderRequest:
    """The request that the partner made the order with. Raises NoSuchOrder."""
    request = requests.request_of(order_id)
    if request is None or request.more["partner"] != partner:
        raise NoSuchOrder
    return request


def shown(order: Mapping[str, Any], reference: str) -> dict[str, Any]:
    return {
        "orderId": order["orderId"],
        "status": order.get("status"),
        "total": order.get("total"),
        "currency": order.get("currency"),
        "reference": reference,
    }

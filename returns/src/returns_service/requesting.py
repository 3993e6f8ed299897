"""A shopper asks to return goods. Repeating a request answers the same return."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ecom.errors import CallerFault
from ecom.order_client import OrderReader
from returns_service.domain import Request, Return, new_return, refused_request
from returns_service.errors import IdempotencyMismatch
from returns_service.orders import order_from
from returns_service.repository import Returns

# Ids of orders are UUIDs. Other texts that shoppers send, such as `..`, may lead to another route of *orders*.
ORDER_ID = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Requesting:
    """`return_days` after delivery an order cannot be returned any more. `currency` is that of an order that has none,
    or is unknown."""

    returns: Returns
    orders: OrderReader
    now: Callable[[], datetime]
    return_days: int
    currency: str

    def request(self, request: Request, correlation_id: str) -> Return:
        """The stored return. Raises a CallerFault when the request breaks a rule: then nothing is stored."""
        stored = self._stored(request, correlation_id)
        if stored.content_hash != request.content_hash:
            raise IdempotencyMismatch
        return stored

    def register(self, request: Request, correlation_id: str) -> Return:
        """As `request`, for a caller who has got the answer already: a request that breaks a rule is stored as refused,
        and of two requests with one id the first stands."""
        try:
            return self._stored(request, correlation_id)
        except CallerFault as fault:
            refused = refused_request(request, fault.message, self.currency, self.now())
            return self.returns.add_refused(refused, correlation_id)

    def _stored(self, request: Request, correlation_id: str) -> Return:
        found = self.returns.find(request.return_id)
        if found is not None:
            return found
        item = self.orders.find(request.order_id) if ORDER_ID.fullmatch(request.order_id) else None
        order = order_from(item, self.currency) if item else None
        try:
            return self.returns.add(
                request.order_id,
                lambda held, lines: new_return(request, order, held, self.now(), self.return_days, lines),
                correlation_id,
            )
        except CallerFault:
            # The same request at the same moment: what it holds left too few units for this one.
            found = self.returns.find(request.return_id)
            if found is None:
                raise
            return found

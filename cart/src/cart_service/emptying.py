"""What was ordered leaves the shopper's cart, once for each order that checkout made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cart_service.checkouts import Checkouts
from cart_service.domain import without
from cart_service.errors import TooManyConflicts
from cart_service.repository import Carts
from cart_service.rows import key_of_user
from cart_service.shopping import MAX_ATTEMPTS, present_cart
from ecom.backoff import Backoff
from ecom.dynamo import TableBusy


@dataclass(frozen=True, slots=True)
class Emptying:
    carts: Carts
    checkouts: Checkouts
    now: Callable[[], datetime]
    backoff: Backoff = field(default_factory=lambda: Backoff(max_attempts=MAX_ATTEMPTS))

    def take(self, order_id: str, ordered: Mapping[str, int]) -> bool:
        """False when no checkout made the order, or its units have left the cart already: then nothing changes."""
        for _ in self.backoff.attempts():
            try:
                checkout = self.checkouts.find(order_id)
                if checkout is None or checkout.is_taken:
                    return False
                before = present_cart(self.carts, key_of_user(checkout.user_id), self.now())
                if self.checkouts.take(checkout, before, without(before, ordered), self.now()):
                    return True
            except TableBusy:
                continue
        raise TooManyConflicts

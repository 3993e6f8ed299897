"""The carrier and the tracking number of a delivery that staff start without them. Pure.

*delivery* decides them, and the stored form of orders leaves them out: neither may ever change.
"""

import hashlib
import re

CARRIER = "Courier"
PATTERN = re.compile(r"[A-Za-z0-9._ -]{1,64}")
# The order ids that are tracking numbers too.
_NUMBER = re.compile(r"(?=.*[A-Za-z0-9])[A-Za-z0-9._ -]{1,64}")
# What `tracking_number` makes: an order's id is a UUID of version 5 (`ecom.order_ids`), a hash has capitals.
_MADE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[0-9A-F]{64}")


def is_allowed(value: str) -> bool:
    """Whether the text can be a carrier or a tracking number."""
    return PATTERN.fullmatch(value) is not None


def is_of_another(number: str, order_id: str) -> bool:
    """Whether the number can be the one that the platform makes for the delivery of another order."""
    return _MADE.fullmatch(number) is not None and number != tracking_number(order_id)


def tracking_number(order_id: str) -> str:
    """The tracking number of an order's delivery: no other order's. An order has one delivery, so it is the order's id;
    of an id that cannot be one, its hash."""
    return order_id if _NUMBER.fullmatch(order_id) else hashlib.sha256(order_id.encode()).hexdigest().upper()

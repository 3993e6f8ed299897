"""Functions that were renamed. A dead letter is kept for 14 days, so it can name a function of an earlier version."""

import re

# Service and old name -> new name.
RENAMED = {
    "delivery-announce": "delivery-on-table-change",
    "frontend-api-tell-subscribers": "frontend-api-on-order-event",
    "orders-announce": "orders-on-table-change",
    "orders-facts": "orders-on-fulfilment-event",
    "payment-announce": "payment-on-table-change",
    "products-announce": "products-on-table-change",
    "reconciliation-reconcile": "reconciliation-every-hour-reconcile",
    "warehouse-announce": "warehouse-on-table-change",
    "warehouse-every-minute-lapse": "orders-every-minute-lapse",
    "warehouse-lapse": "orders-every-minute-lapse",
    "warehouse-order-news": "warehouse-on-order-event",
}
_OLD_NAME = re.compile(rf"(ecommerce-[^:]+?-)({'|'.join(RENAMED)})(?=:|$)")


def present_name(function: str) -> str:
    """The present name or ARN of a function that is given by its name or ARN."""
    return _OLD_NAME.sub(lambda match: match[1] + RENAMED[match[2]], function)

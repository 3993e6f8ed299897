"""Valid products for tests; a test passes the fields that it changes."""

from datetime import UTC, datetime
from typing import Any, cast

from ecom.contracts.common import Product

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def product_input(**changes: Any) -> dict[str, Any]:
    given = {
        "productId": "kettle",
        "name": "Kettle",
        "package": {"width": 200, "length": 250, "height": 300, "weight": 900},
        "category": "kitchen",
        "tags": ["electric"],
        "pictures": ["kettle.jpg"],
        "price": 3990,
    }
    return {**given, **changes}


def product(**changes: Any) -> Product:
    """A product of the catalogue, or with invalid changes an item of its table."""
    dates = {"createdDate": "2026-03-01T12:00:00.000Z", "modifiedDate": "2026-03-01T12:00:00.000Z"}
    return cast("Product", {**product_input(), **dates, **changes})


def line(**changes: Any) -> dict[str, Any]:
    """An order line that agrees with the catalogue."""
    given = product_input()
    return {**{key: given[key] for key in ("productId", "name", "package", "price")}, "quantity": 1, **changes}

"""Products for tests, valid unless told otherwise."""

from datetime import UTC, datetime
from typing import Any

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


def product(**changes: Any) -> dict[str, Any]:
    """As the catalogue holds it."""
    dates = {"createdDate": "2026-03-01T12:00:00.000Z", "modifiedDate": "2026-03-01T12:00:00.000Z"}
    return {**product_input(), **dates, **changes}


def line(**changes: Any) -> dict[str, Any]:
    """An order line that is as the catalogue has it."""
    whole = product_input()
    return {**{key: whole[key] for key in ("productId", "name", "package", "price")}, "quantity": 1, **changes}

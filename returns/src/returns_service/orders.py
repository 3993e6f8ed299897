"""The order of a return, from what *orders* answers. Pure."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ecom.times import in_utc
from returns_service.domain import Order
from returns_service.errors import NotReturnable

PACKAGED, DELIVERED = "PACKAGED", "FULFILLED"


def order_from(item: Mapping[str, Any], currency: str) -> Order:
    """An order without a currency has the given one. Raises NotReturnable for an order that is not valid: it was
    written manually."""
    try:
        delivered: Counter[str] = Counter()
        prices = {}
        for line in item["products"]:
            delivered[line["productId"]] += int(line["quantity"])
            prices[line["productId"]] = int(line["price"])
        return Order(
            item["orderId"],
            item["userId"],
            str(item.get("currency") or currency),
            delivered,
            prices,
            _delivered_at(item),
            _is_final(item),
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        raise NotReturnable("the data of the order are not valid") from None


def _is_final(item: Mapping[str, Any]) -> bool:
    """An order without a history was written manually, and stays as it is."""
    moves = item.get("history") or []
    return not moves or bool(item.get("packagedDate")) or any(move["status"] == PACKAGED for move in moves)


def _delivered_at(item: Mapping[str, Any]) -> datetime | None:
    if item["status"] != DELIVERED:
        return None
    times = [move["at"] for move in item.get("history") or [] if move["status"] == DELIVERED]
    return in_utc(datetime.fromisoformat(times[-1] if times else item["modifiedDate"]))

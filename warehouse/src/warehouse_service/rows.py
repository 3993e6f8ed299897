"""How requests and stock are kept in the table: `order#{id}` and `stock#{id}`. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ecom.times import timestamp
from warehouse_service.domain import Line, Request, Status, news
from warehouse_service.stock import Stock

ORDER, STOCK = "order#", "stock#"
# What lists ask for; everything else is not in the index.
LISTED = frozenset((Status.HELD, Status.NEW))
# A lapsed reservation means the same as none; it is kept for a while to tell what happened.
REMEMBER_LAPSED = timedelta(days=30)


def order_key(order_id: str) -> str:
    return f"{ORDER}{order_id}"


def stock_key(product_id: str) -> str:
    return f"{STOCK}{product_id}"


@dataclass(frozen=True, slots=True)
class Image:
    """A request as it was read. `etag` is raised by every write, `version` by those that are announced."""

    request: Request | None
    etag: int = 0
    version: int = 0


def item_of(image: Image, new: Request, correlation_id: str) -> dict[str, Any]:
    """The item that takes the image's place. `news` is there exactly when the write is to be announced."""
    announced = news(image.request, new)
    item: dict[str, Any] = {
        "id": order_key(new.order_id),
        "status": new.status.value,
        "since": timestamp(new.since),
        "lines": [_line_item(line) for line in new.lines],
        "etag": image.etag + 1,
        "version": image.version + (1 if announced else 0),
        "correlationId": correlation_id,
    }
    optional = {
        "news": announced,
        "queue": new.status.value if new.status in LISTED else None,
        "expiresAt": timestamp(new.expires_at) if new.expires_at else None,
        "deliveryFailed": new.delivery_failed or None,
        "sequence": new.sequence or None,
        "forgetAt": int((new.since + REMEMBER_LAPSED).timestamp()) if new.status is Status.LAPSED else None,
    }
    return {**item, **{key: value for key, value in optional.items() if value is not None}}


def image_of(item: Mapping[str, Any] | None) -> Image:
    if item is None:
        return Image(None)
    expires_at = item.get("expiresAt")
    request = Request(
        order_id=str(item["id"]).removeprefix(ORDER),
        status=Status(item["status"]),
        lines=tuple(_line(line) for line in item["lines"]),
        since=datetime.fromisoformat(item["since"]),
        expires_at=datetime.fromisoformat(expires_at) if expires_at else None,
        delivery_failed=bool(item.get("deliveryFailed", False)),
        sequence=int(item.get("sequence", 0)),
    )
    return Image(request, int(item["etag"]), int(item["version"]))


def stock_of(item: Mapping[str, Any]) -> Stock:
    return Stock(str(item["id"]).removeprefix(STOCK), int(item["available"]), int(item["reserved"]))


def _line_item(line: Line) -> dict[str, Any]:
    return {
        "productId": line.product_id,
        "quantity": line.quantity,
        "packaged": line.packaged,
        "tracked": line.tracked,
    }


def _line(item: Mapping[str, Any]) -> Line:
    return Line(item["productId"], int(item["quantity"]), int(item["packaged"]), bool(item["tracked"]))

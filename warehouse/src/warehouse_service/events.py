"""Which event a change of the table means. Pure."""

from typing import Any

from ecom.events import OutgoingEvent
from ecom.table_stream import Change
from warehouse_service.rows import image_of, stock_of
from warehouse_service.stock import level

SOURCE = "ecommerce.warehouse"
SCHEMA_VERSION = "1"


def events_of(change: Change, low_at: int) -> list[OutgoingEvent]:
    """The event that the write noted as its news; none when it noted none, or when the item is gone."""
    new = change.new
    if new is None or "news" not in new:
        return []
    if new["news"] == "StockChanged":
        stock = stock_of(new)
        free = {"available": stock.available, "level": level(stock.available, low_at).value}
        return [_event(change, "StockChanged", stock.product_id, {"productId": stock.product_id, **free})]
    request = image_of(new).request
    if request is None:
        raise AssertionError("an item is never nothing")
    detail: dict[str, Any] = {"orderId": request.order_id}
    if new["news"] == "PackageCreated":
        detail["products"] = [
            {"productId": line.product_id, "quantity": line.packaged} for line in request.lines if line.packaged
        ]
    return [_event(change, new["news"], request.order_id, detail)]


def _event(change: Change, detail_type: str, resource: str, detail: dict[str, Any]) -> OutgoingEvent:
    return OutgoingEvent(
        source=SOURCE,
        detail_type=detail_type,
        resources=(resource,),
        detail=detail,
        metadata=change.metadata(SCHEMA_VERSION),
    )

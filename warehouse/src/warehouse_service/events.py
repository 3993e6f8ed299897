"""The event that a change of the table publishes. Pure."""

from ecom.contracts.common import PackedLine
from ecom.contracts.warehouse import PackageCreated, PackagingCancelled, PackagingFailed, StockChanged
from ecom.events import OutgoingEvent
from ecom.table_stream import Change
from warehouse_service.domain import Request
from warehouse_service.rows import counted_from_item, request_from_item
from warehouse_service.stock import Stock, level

SOURCE = "ecommerce.warehouse"


def events_of(change: Change, low_stock: int) -> list[OutgoingEvent]:
    """The event that the write named in the attribute `news`; none without the attribute or for a deletion."""
    item = change.new
    if item is None or "news" not in item:
        return []
    if item["news"] == "StockChanged":
        stock = counted_from_item(item)
        return [change.event("StockChanged", stock.product_id, _stock_changed(stock, low_stock))]
    request = request_from_item(item)
    detail: PackageCreated | PackagingFailed | PackagingCancelled = {"orderId": request.order_id}
    if item["news"] == "PackageCreated":
        detail = _package_created(request)
    return [change.event(item["news"], request.order_id, detail)]


def _stock_changed(stock: Stock, low_stock: int) -> StockChanged:
    return {
        "productId": stock.product_id,
        "available": stock.available,
        "level": level(stock.available, low_stock),
    }


def _package_created(request: Request) -> PackageCreated:
    products: list[PackedLine] = [
        {"productId": line.product_id, "quantity": line.packaged} for line in request.lines if line.packaged
    ]
    return {"orderId": request.order_id, "products": products}

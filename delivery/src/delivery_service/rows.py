"""Items of the table as deliveries. Pure.

`queue` is there as long as the delivery is NEW: the index of the same name lists new deliveries.
"""

from datetime import datetime

from delivery_service.domain import Delivery, Shipment, Status
from ecom import row_history
from ecom.dynamo import Item
from ecom.status_index import partition
from ecom.times import timestamp

LONG_AGO = "1970-01-01T00:00:00.000Z"


def delivery_from_item(item: Item) -> Delivery:
    """An item that was written manually may lack attributes: it is a new delivery, of unknown age."""
    since = datetime.fromisoformat(item.get("since", LONG_AGO))
    status = Status(item.get("status", Status.NEW))
    return Delivery(item["orderId"], status, item.get("address", {}), since, shipment_from_item(item))


def shipment_from_item(item: Item) -> Shipment | None:
    """None before the start, and of a delivery that was started before deliveries had shipments."""
    match item:
        case {"carrier": str(carrier), "trackingNumber": str(number)}:
            return Shipment(carrier, number)
    return None


def item_from_delivery(delivery: Delivery, correlation_id: str) -> Item:
    """The item of a new delivery."""
    return {
        "orderId": delivery.order_id,
        "status": delivery.status.value,
        "address": delivery.address,
        "since": timestamp(delivery.since),
        "queue": partition(Status.NEW, delivery.order_id),
        "version": 0,
        "correlationId": correlation_id,
        "history": row_history.extended([], delivery.since, delivery.status.value, correlation_id),
    }

"""Items of the table as deliveries. Pure.

`queue` is there as long as the delivery is NEW: the index of the same name lists new deliveries.
"""

from datetime import datetime

from delivery_service.domain import Delivery, Status
from ecom.dynamo import Item
from ecom.times import timestamp


def delivery_from_item(item: Item) -> Delivery:
    since = datetime.fromisoformat(item["since"])
    return Delivery(item["orderId"], Status(item["status"]), item["address"], since)


def item_from_delivery(delivery: Delivery, correlation_id: str) -> Item:
    """The item of a new delivery."""
    return {
        "orderId": delivery.order_id,
        "status": delivery.status.value,
        "address": delivery.address,
        "since": timestamp(delivery.since),
        "queue": Status.NEW.value,
        "version": 0,
        "correlationId": correlation_id,
    }

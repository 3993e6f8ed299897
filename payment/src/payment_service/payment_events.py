"""What an event says about the money of an order. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from payment_service.domain import DELIVERED, ENDED, Facts, facts_of_order


def heard(event: IncomingEvent[Any]) -> tuple[str, Facts]:
    """The order's id, and what is known now. Only an order's own image tells its token, and so can open its row."""
    match event.detail_type:
        case "OrderCreated":
            return _image(event.detail, event.metadata, revised=False)
        case "OrderModified":
            return _image(event.detail["new"], event.metadata, revised=True)
        case "DeliveryCompleted":
            return str(event.detail["orderId"]), DELIVERED
        case "OrderDeleted" | "PackagingFailed" | "PackagingCancelled" | "DeliveryFailed":
            return str(event.detail["orderId"]), ENDED
    raise InvalidEvent(f"{event.detail_type} is nothing that payment listens to: mend the rule")


def _image(order: Mapping[str, Any], metadata: Mapping[str, Any], *, revised: bool) -> tuple[str, Facts]:
    return str(order["orderId"]), facts_of_order(order, metadata.get("sequence"), revised=revised)

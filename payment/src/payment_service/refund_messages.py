"""Messages about stored refunds, in payment's queue. They have the names of an event, which log lines show. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.dynamo_values import plain
from ecom.errors import InvalidEvent

DETAIL_TYPE = "RefundStored"


def message_about(image: Mapping[str, Any]) -> dict[str, Any]:
    """The message about a new refund, from the image of its item in the stream."""
    item = plain(image)
    metadata = {"correlationId": item["correlationId"]}
    return {
        "detail-type": DETAIL_TYPE,
        "resources": [item["orderId"]],
        "detail": {"refundId": item["refundId"], "metadata": metadata},
    }


def is_about_refund(body: Any) -> bool:
    return isinstance(body, Mapping) and body.get("detail-type") == DETAIL_TYPE


def refund_in(body: Mapping[str, Any]) -> tuple[str, str]:
    """The id of the refund, and the correlation id. Raises InvalidEvent."""
    match body.get("detail"):
        case {"refundId": str(refund_id), "metadata": {"correlationId": str(correlation_id)}}:
            return refund_id, correlation_id
    raise InvalidEvent(f"{DETAIL_TYPE}: refundId is missing")

"""What the events of orders tell the business: orders by what became of them, and what they are worth. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ecom.business_metrics import BusinessMetric, amount
from ecom.events import OutgoingEvent
from ecom.table_stream import Change
from orders_service.domain import Status
from orders_service.problems import TRY_AGAIN

ENDS: Mapping[str, str] = {
    Status.FULFILLED: "OrdersFulfilled",
    Status.CANCELLED: "OrdersCancelled",
    Status.PACKAGING_FAILED: "OrdersFailed",
    Status.DELIVERY_FAILED: "OrdersFailed",
}


def metrics_of(_change: Change, event: OutgoingEvent) -> Sequence[BusinessMetric]:
    detail = event.detail
    match event.detail_type:
        case "OrderCreated":
            worth = [amount("OrderValue", detail["total"])] if isinstance(detail.get("total"), int) else []
            return [BusinessMetric("OrdersCreated"), *worth, *_end(None, detail.get("status"))]
        case "OrderModified":
            return _end(detail["old"].get("status"), detail["new"].get("status"))
    return []


def refusal(answer: Mapping[str, Any]) -> Sequence[BusinessMetric]:
    """What an answer of createOrder tells. One that only asks to try again decides nothing."""
    problems = answer.get("problems") or ()
    return [BusinessMetric("OrdersRefused")] if any(problem["code"] != TRY_AGAIN for problem in problems) else []


def _end(before: Any, after: Any) -> list[BusinessMetric]:
    return [BusinessMetric(ENDS[after])] if after != before and after in ENDS else []

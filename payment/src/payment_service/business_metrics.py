"""What the events of payment tell the business: payments by how they ended, and the money. Pure."""

from collections.abc import Sequence

from ecom.business_metrics import BusinessMetric, amount
from ecom.events import OutgoingEvent
from ecom.table_stream import Change


def metrics_of(_change: Change, event: OutgoingEvent) -> Sequence[BusinessMetric]:
    match event.detail_type:
        case "PaymentCaptured":
            return [BusinessMetric("PaymentsCaptured"), amount("AmountCaptured", event.detail["amount"])]
        case "PaymentVoided":
            return [BusinessMetric("PaymentsVoided")]
        case "PaymentFailed":
            return [BusinessMetric("PaymentsFailed")]
        case "PaymentRefunded":
            return [amount("AmountRefunded", event.detail["amount"])]
    return []

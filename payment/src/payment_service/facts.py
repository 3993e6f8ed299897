"""What the events of payment tell the business: payments by how they ended, and the money. Pure."""

from collections.abc import Sequence

from ecom.events import OutgoingEvent
from ecom.facts import Fact, amount
from ecom.table_stream import Change


def facts_of(_change: Change, event: OutgoingEvent) -> Sequence[Fact]:
    match event.detail_type:
        case "PaymentCaptured":
            return [Fact("PaymentsCaptured"), amount("AmountCaptured", event.detail["amount"])]
        case "PaymentVoided":
            return [Fact("PaymentsVoided")]
        case "PaymentFailed":
            return [Fact("PaymentsFailed")]
        case "PaymentRefunded":
            return [amount("AmountRefunded", event.detail["amount"])]
    return []

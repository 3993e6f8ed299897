"""Every minute: reservations that are over give their stock back, to the end of the list, or as many as time allows."""

from typing import Any

from ecom.observability import count
from warehouse_service import bootstrap, reservations

AT_ONCE = 25
ENOUGH_MS = 10_000


def handler(_event: dict[str, Any], context: Any) -> None:
    request_id, now = str(context.aws_request_id), bootstrap.now()
    while reservations.lapse_due(bootstrap.warehouse(), now, AT_ONCE, request_id) == AT_ONCE:
        if context.get_remaining_time_in_millis() < ENOUGH_MS:
            count("ReservationsLeftForNextRun")
            return

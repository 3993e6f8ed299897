"""Every minute: due reservations lapse, all of them or as many as there is time for."""

from typing import Any

from ecom.observability import count
from warehouse_service import bootstrap, reservations

BATCH = 25
MIN_REMAINING_MS = 10_000


def handler(_event: dict[str, Any], context: Any) -> None:
    request_id, now = str(context.aws_request_id), bootstrap.runtime.now()
    while reservations.lapse_due(bootstrap.warehouse(), now, BATCH, request_id) == BATCH:
        if context.get_remaining_time_in_millis() < MIN_REMAINING_MS:
            count("ReservationsLeftForNextRun")
            return

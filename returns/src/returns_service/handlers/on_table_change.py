"""The table's stream -> ReturnRequested, ReturnApproved and the other events of returns."""

from functools import partial
from typing import Any

from ecom.aws import create_during_init
from returns_service import bootstrap
from returns_service.business_metrics import metrics_of
from returns_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bootstrap.runtime.publish_changes(
        event, SOURCE, partial(events_of, currency=bootstrap.currency()), metrics_of
    )


create_during_init(lambda: bootstrap.runtime.publisher, lambda: bootstrap.runtime.metrics)

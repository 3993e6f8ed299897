"""The stream of the orders table -> OrderCreated, OrderModified, OrderDeleted."""

from functools import partial
from typing import Any

from ecom.aws import create_during_init
from orders_service import bootstrap
from orders_service.business_metrics import metrics_of
from orders_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bootstrap.runtime.publish_changes(
        event, SOURCE, partial(events_of, currency=bootstrap.currency()), metrics_of
    )


create_during_init(lambda: bootstrap.runtime.publisher, lambda: bootstrap.runtime.metrics)

"""Stream of the payment table -> PaymentCaptured, PaymentVoided, PaymentFailed."""

import os
from functools import partial
from typing import Any

from ecom.aws import create_during_init
from payment_service import bootstrap
from payment_service.business_metrics import metrics_of
from payment_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    events = partial(events_of, currency=os.environ["CURRENCY"])
    return bootstrap.runtime.publish_changes(event, SOURCE, events, metrics_of)


create_during_init(lambda: bootstrap.runtime.publisher, lambda: bootstrap.runtime.metrics)

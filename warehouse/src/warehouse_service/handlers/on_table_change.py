"""The table's stream: publish PackageCreated, PackagingFailed, PackagingCancelled and StockChanged."""

from typing import Any

from ecom.aws import create_during_init
from warehouse_service import bootstrap
from warehouse_service.business_metrics import metrics_of
from warehouse_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    low_stock = bootstrap.low_stock()
    return bootstrap.runtime.publish_changes(event, SOURCE, lambda change: events_of(change, low_stock), metrics_of)


create_during_init(lambda: bootstrap.runtime.publisher, lambda: bootstrap.runtime.metrics)

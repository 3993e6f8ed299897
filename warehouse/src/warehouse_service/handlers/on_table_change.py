"""The table's stream -> PackageCreated, PackagingFailed, PackagingCancelled, StockChanged."""

from typing import Any

from ecom.table_stream import publish_changes
from warehouse_service import bootstrap
from warehouse_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    services = bootstrap.announcing()
    return publish_changes(
        event["Records"],
        SOURCE,
        lambda change: events_of(change, services.low_stock),
        services.publisher,
        bootstrap.dead_letters(),
    )

"""The table's stream -> ProductCreated, ProductModified, ProductDeleted."""

from typing import Any

from ecom.table_stream import publish_changes
from products_service import bootstrap
from products_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    services = bootstrap.announcing()
    return publish_changes(event["Records"], SOURCE, events_of, services.publisher, services.dead_letters)

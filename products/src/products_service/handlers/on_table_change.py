"""The table's stream -> ProductCreated, ProductModified, ProductDeleted."""

from typing import Any

from ecom.aws import create_during_init
from products_service import bootstrap
from products_service.events import SOURCE, events_of


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    return bootstrap.runtime.publish_changes(event, SOURCE, events_of)


create_during_init(lambda: bootstrap.runtime.publisher)

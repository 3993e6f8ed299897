"""Events of other services -> occurrences. Pure.

An event was checked against its schema before, so its detail has the type that its producer declares.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ecom.contracts.products import ProductCreated, ProductDeleted, ProductModified
from ecom.contracts.warehouse import StockChanged
from ecom.dynamo import can_be_key
from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from search_service.domain import Occurrence


def occurrence_of(event: IncomingEvent[Any]) -> Occurrence:
    """Raises InvalidEvent for a subject whose id is too long for a key."""
    occurrence = READERS[event.detail_type](event)
    if not can_be_key(occurrence.subject):
        raise InvalidEvent(f"{occurrence.kind}: the id of its subject is too long for a key")
    return occurrence


def product_created(event: IncomingEvent[ProductCreated]) -> Occurrence:
    return Occurrence("ProductCreated", event.detail["productId"])


def product_modified(event: IncomingEvent[ProductModified]) -> Occurrence:
    return Occurrence("ProductModified", event.detail["new"]["productId"])


def product_deleted(event: IncomingEvent[ProductDeleted]) -> Occurrence:
    return Occurrence("ProductDeleted", event.detail["productId"])


def stock_changed(event: IncomingEvent[StockChanged]) -> Occurrence:
    return Occurrence("StockChanged", event.detail["productId"])


# The rules of the template have these detail-types and no others.
READERS: Mapping[str, Callable[[IncomingEvent[Any]], Occurrence]] = {
    "ProductCreated": product_created,
    "ProductModified": product_modified,
    "ProductDeleted": product_deleted,
    "StockChanged": stock_changed,
}

"""Items of the table as records. Pure."""

from collections.abc import Mapping
from typing import Any

from ecom.dynamo import Item
from search_service.domain import Record


def record_from_item(item: Mapping[str, Any]) -> Record:
    return Record(
        item["id"],
        counts=item["counts"],
        version=item["version"],
        text=item["text"],
    )


def item_from_record(record: Record, correlation_id: str) -> Item:
    return {
        "id": record.id,
        "counts": dict(record.counts),
        "version": record.version,
        "text": record.text,
        "correlationId": correlation_id,
    }

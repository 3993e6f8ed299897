"""A record as callers see it. Pure."""

from typing import Any

from search_service.domain import Record


def to_view(record: Record) -> dict[str, Any]:
    return {
        "text": record.text,
        "total": record.total,
        "version": record.version,
    }

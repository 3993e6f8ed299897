"""Products, rows and entries for tests."""

from collections.abc import Mapping, Sequence
from typing import Any

from ecom import jsons
from search_service.domain import Entry, entry_of
from search_service.index import Index
from search_service.rows import Row


def product(product_id: str = "p-1", name: str = "Kettle", **fields: Any) -> dict[str, Any]:
    """As the catalogue answers it; a field that is None is left out."""
    made = {
        "productId": product_id,
        "name": name,
        "price": 1_999,
        "package": {"weight": 900},
        "createdDate": "2026-03-01T12:00:00.000Z",
        "currency": "EUR",
        **fields,
    }
    return {name: value for name, value in made.items() if value is not None}


def entry(product_id: str = "p-1", name: str = "Kettle", level: str = "IN", **fields: Any) -> Entry:
    made = product(product_id, name, **fields)
    return entry_of(made, jsons.dumps(made), level, 1)


def index_of(*entries: Entry) -> Index:
    made = Index()
    for each in entries:
        made.put(each)
    return made


def row(product_id: str, version: int, product: Mapping[str, Any] | None = None, level: str = "IN") -> Row:
    return Row(product_id, version, jsons.dumps(product) if product else None, level if product else "")


def ids(entries: Sequence[Entry]) -> list[str]:
    return [each.product_id for each in entries]

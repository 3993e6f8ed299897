"""Items of the table as rows, and rows as entries of the index. Pure.

All rows have one partition key, so that one query reads the latest changes. `version` is the time of the row's last
write in milliseconds since 1970, and always higher than the one before. The row of a product that does not exist has no
product. It stays for two days, so that every copy of the index learns of the deletion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ecom import jsons
from ecom.dynamo import Item
from ecom.dynamo_values import MAX_SORT_KEY_BYTES
from search_service.domain import Entry, entry_of

ROWS = "rows"
MAX_ID_BYTES = MAX_SORT_KEY_BYTES
KEEP_DELETED = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Row:
    """`product` is the product as the catalogue answers it, as JSON; None when it has no such product."""

    product_id: str
    version: int
    product: str | None = None
    level: str = ""

    def says(self, other: "Row") -> bool:
        """Whether both say the same of the product."""
        return (self.product, self.level) == (other.product, other.level)


def key_of(product_id: str) -> Item:
    return {"part": ROWS, "id": product_id}


def row_now(before: Row | None, product_id: str, product: Mapping[str, Any] | None, level: str, now: int) -> Row:
    """What the row of the product is to be, with a higher version than before."""
    version = max(before.version + 1 if before else 0, now)
    if product is None:
        return Row(product_id, version)
    return Row(product_id, version, jsons.dumps(dict(sorted(product.items()))), level)


def item_from_row(row: Row) -> Item:
    item: Item = {**key_of(row.product_id), "version": row.version}
    if row.product is None:
        return {**item, "expiresAt": row.version // 1000 + int(KEEP_DELETED.total_seconds())}
    return {**item, "product": row.product, "level": row.level}


def row_from_item(item: Mapping[str, Any]) -> Row:
    return Row(item["id"], int(item["version"]), item.get("product"), item.get("level", ""))


def entry_from_row(row: Row) -> Entry | None:
    """None for the row of a deleted product."""
    if row.product is None:
        return None
    return entry_of(jsons.loads(row.product), row.product, row.level, row.version)

"""The table of rows: one for each product.

Guarantee: a row is written on the condition that it is the one that was read before the product was read. So of two
writers who read a product at different times, the later one wins, or both read again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table
from search_service.rows import ROWS, Row, item_from_row, key_of, row_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BY_VERSION = "by-version"


class Rows:
    def __init__(self, client: "DynamoDBClient", table: str, backoff: Backoff | None = None) -> None:
        self._table = Table(client, table)
        self._backoff = backoff

    def get(self, product_ids: Iterable[str]) -> dict[str, Row]:
        """The rows that exist, by product, read consistently."""
        keys = map(key_of, product_ids)
        items = self._table.get_many(keys, consistent=True, backoff=self._backoff)
        return {row.product_id: row for row in map(row_from_item, items)}

    def all(self) -> Iterator[Row]:
        """All rows, also those of deleted products."""
        request = {"KeyConditionExpression": "part = :part", "values": {"part": ROWS}, "ConsistentRead": True}
        for page in self._table.pages(**request):
            yield from map(row_from_item, page)

    def changed(self, since: int) -> Mapping[str, int]:
        """The products whose rows have a version above `since`, with their versions, read consistently."""
        return {str(item["id"]): int(item["version"]) for page in self._changes(since) for item in page}

    def has_changed(self, since: int) -> bool:
        return any(page for page in self._changes(since, Limit=1))

    def write(self, row: Row, before: Row | None) -> bool:
        """False, and nothing is written, when the stored row is not the one before."""
        item = item_from_row(row)
        try:
            if before is None:
                self._table.put(item, "attribute_not_exists(id)")
            else:
                self._table.put(item, "#version = :before", before=before.version)
        except ConditionFailed as failure:
            # The SDK repeats a request whose answer was lost: then the stored item is the one to be written.
            return failure.item == item
        return True

    def _changes(self, since: int, **more: int) -> Iterator[list[Item]]:
        return self._table.pages(
            IndexName=BY_VERSION,
            KeyConditionExpression="part = :part AND version > :since",
            values={"part": ROWS, "since": since},
            ConsistentRead=True,
            **more,
        )

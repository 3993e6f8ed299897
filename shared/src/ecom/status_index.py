"""An index of the items that have a status, spread over partitions.

All items of a status would have one partition key. DynamoDB writes 1,000 units a second to one key of an index, and
throttles the whole table when that is not enough. So the key is the status and a number, such as `NEW#3`, that the
item's id determines. Readers ask every partition. Items that were written before have the status alone; it is a
partition too.
"""

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from ecom.dynamo import Item, Table
from ecom.pages import Page, decode_token, encode_token

PARTITIONS = 8
# `since` is a timestamp: these are before and after every one.
EARLIEST, LATEST = "0", "9999-12-31T23:59:59.999Z"


def partition(status: str, item_id: str) -> str:
    """The partition key of an item, for as long as it has the status."""
    return f"{status}#{crc32(item_id.encode()) % PARTITIONS}"


def partitions(status: str) -> list[str]:
    return [status, *(f"{status}#{number}" for number in range(PARTITIONS))]


class StatusIndex:
    """The index `queue` of a table. Its keys are `queue`, a partition, and `since`, a time."""

    def __init__(self, table: Table, id_name: str) -> None:
        self._table = table
        self._id_name = id_name

    def oldest(self, scope: str, status: str, token: str | None, limit: int, until: str | None = None) -> Page[Item]:
        """A page of the items with the status, the oldest first; those up to `until` only. Raises InvalidToken.

        The token is the place of the last item, by `since` and id. Every partition is read from there.
        """
        after = decode_token(scope, token, {self._id_name: None, "since": None}, sort_key="since")
        found = [item for queue in partitions(status) for item in self._behind(after, queue, limit, until)]
        found.sort(key=self._place)
        page = found[:limit]
        last = {self._id_name: page[-1][self._id_name], "since": page[-1]["since"]} if len(found) > limit else None
        return Page(page, encode_token(scope, last))

    def _behind(self, after: Item | None, queue: str, limit: int, until: str | None) -> list[Item]:
        """More than `limit` items behind the place, if there are more. Items with the same `since` come together."""
        first = after["since"] if after else EARLIEST
        request: dict[str, Any] = {
            "IndexName": "queue",
            "KeyConditionExpression": "queue = :queue AND since BETWEEN :first AND :last",
            "values": {"queue": queue, "first": first, "last": max(first, until or LATEST)},
            "Limit": limit + 1,
        }
        found: list[Item] = []
        for items in self._table.pages(**request):
            found += [item for item in items if after is None or self._place(item) > self._place(after)]
            if len(found) > limit and found[-1]["since"] > found[limit - 1]["since"]:
                break
        return found

    def _place(self, item: Mapping[str, Any]) -> tuple[str, str]:
        return item["since"], item[self._id_name]

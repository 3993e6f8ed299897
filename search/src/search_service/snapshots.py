"""A snapshot of all rows in a few items, compressed, so that a new execution environment reads these and not every row.

The manifest names the segments of a snapshot and the time before which its reading began; what changed since then is
read from the rows. So an old snapshot is as good as a new one, as long as rows of deleted products are kept.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from ecom import jsons
from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Item, Table
from search_service.rows import Row

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SNAPSHOT, MANIFEST = "snapshot", "manifest"
SEGMENT_BYTES = 350_000  # an item of DynamoDB has 400 KB
# Below the time for which rows of deleted products are kept, by far.
USED_FOR = timedelta(days=1)
KEPT_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`at` is before its rows were read, in milliseconds since 1970."""

    at: int
    rows: Sequence[Row]


class Snapshots:
    def __init__(self, client: "DynamoDBClient", table: str, backoff: Backoff | None = None) -> None:
        self._table = Table(client, table)
        self._backoff = backoff

    def taken_at(self) -> int | None:
        manifest = self._manifest()
        return int(manifest["at"]) if manifest else None

    def latest(self, now: int) -> Snapshot | None:
        """None when there is none that may be used. The expiry of items never decides it."""
        manifest = self._manifest()
        if manifest is None or int(manifest["at"]) < now - _milliseconds(USED_FOR):
            return None
        at, segments = int(manifest["at"]), int(manifest["segments"])
        keys = (_key(f"{at}#{number}") for number in range(segments))
        items = self._table.get_many(keys, consistent=True, backoff=self._backoff)
        if len(items) < segments:
            return None
        items.sort(key=lambda item: int(item["number"]))
        rows = jsons.loads(zlib.decompress(b"".join(item["data"] for item in items)))
        return Snapshot(at, [Row(*each) for each in rows])

    def store(self, snapshot: Snapshot) -> bool:
        """Make it the latest one. False when a newer one is there. Rows of deleted products are left out."""
        rows = [
            [row.product_id, row.version, row.product, row.level] for row in snapshot.rows if row.product is not None
        ]
        data = zlib.compress(jsons.dumps(rows).encode())
        expires = (snapshot.at + _milliseconds(KEPT_FOR)) // 1000
        pieces = [data[start : start + SEGMENT_BYTES] for start in range(0, len(data), SEGMENT_BYTES)]
        for number, piece in enumerate(pieces):
            key = _key(f"{snapshot.at}#{number}")
            self._table.put({**key, "number": number, "data": piece, "expiresAt": expires})
        manifest = {**_key(MANIFEST), "at": snapshot.at, "segments": len(pieces)}
        try:
            self._table.put(manifest, "attribute_not_exists(id) OR #at < :at", at=snapshot.at)
        except ConditionFailed:
            return False
        return True

    def _manifest(self) -> Item | None:
        return self._table.get(_key(MANIFEST))


def _key(name: str) -> Item:
    return {"part": SNAPSHOT, "id": name}


def _milliseconds(time: timedelta) -> int:
    return time // timedelta(milliseconds=1)

"""The table of this service: one item for each part, with its progress."""

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ecom.dynamo import ConditionFailed, Item, Table
from ecom.times import timestamp
from reconciliation_service.parts import Place
from reconciliation_service.passes import Progress

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class AnotherRun(Exception):
    """Another run goes on with this part."""


class ProgressStore(Protocol):
    def read(self, part: str) -> Progress | None: ...

    def write(self, progress: Progress) -> Progress:
        """Store the progress, and return it as the next write needs it. Raises AnotherRun."""


class ProgressTable:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._table = Table(client, table)

    def read(self, part: str) -> Progress | None:
        item = self._table.get({"part": part})
        return progress_from_item(item) if item else None

    def write(self, progress: Progress) -> Progress:
        item = item_from_progress(progress)
        try:
            self._table.put(item, "attribute_not_exists(#part) OR #version = :read", read=progress.version)
        except ConditionFailed:
            raise AnotherRun from None
        return progress_from_item(item)


def item_from_progress(progress: Progress) -> Item:
    return {
        "part": progress.part,
        "first": timestamp(progress.first),
        "began": timestamp(progress.began),
        "scan": progress.place.scan,
        **({"key": progress.place.key} if progress.place.key else {}),
        **({"compared": timestamp(progress.compared)} if progress.compared else {}),
        "rows": progress.rows,
        "findings": progress.findings,
        "findingsBefore": progress.findings_before,
        "isComplete": progress.is_complete,
        "version": progress.version + 1,
    }


def progress_from_item(item: Item) -> Progress:
    return Progress(
        part=item["part"],
        first=datetime.fromisoformat(item["first"]),
        began=datetime.fromisoformat(item["began"]),
        place=Place(item["scan"], item.get("key")),
        compared=datetime.fromisoformat(item["compared"]) if "compared" in item else None,
        rows=item["rows"],
        findings=item["findings"],
        findings_before=item["findingsBefore"],
        is_complete=item["isComplete"],
        version=item["version"],
    )

"""The table of records."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from ecom.backoff import Backoff
from ecom.dynamo import ConditionFailed, Table
from ecom.errors import TryAgain
from ecom.events import IncomingEvent
from ecom.inbox import Inbox, Outdated
from search_service.domain import Occurrence, Record, add_occurrence
from search_service.rows import item_from_record, record_from_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_ATTEMPTS = 8
Decide = Callable[[Record | None], Record]


class Records(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def get(self, subject: str) -> Record | None: ...
    def knows(self, event: IncomingEvent[Any]) -> bool:
        """Whether the event was added before."""

    def add(self, event: IncomingEvent[Any], occurrence: Occurrence) -> Record | None:
        """The record after the occurrence, written in one transaction with the inbox's note of the event.

        None, and nothing is written, when the event was added before. Raises TryAgain.
        """

    def change(self, record_id: str, decide: Decide, correlation_id: str) -> Record:
        """The record after the decision, which is made again when another write came in between. A decision that
        leaves the record as it is writes nothing. Raises TryAgain."""


class RecordsTable:
    def __init__(self, client: "DynamoDBClient", table: str, inbox: Inbox, backoff: Backoff | None = None) -> None:
        self._table = Table(client, table)
        self._inbox = inbox
        self._backoff = backoff or Backoff(max_attempts=MAX_ATTEMPTS)

    def get(self, subject: str) -> Record | None:
        item = self._table.get({"id": subject})
        return record_from_item(item) if item else None

    def knows(self, event: IncomingEvent[Any]) -> bool:
        return self._inbox.knows(event)

    def add(self, event: IncomingEvent[Any], occurrence: Occurrence) -> Record | None:
        for _ in self._backoff.attempts():
            before = self.get(occurrence.subject)
            record = add_occurrence(before, occurrence)
            condition, values = _unless_changed(before)
            item = item_from_record(record, event.correlation_id)
            try:
                verdict = self._inbox.once(event, self._table.put_entry(item, condition, **values))
            except Outdated:
                continue  # another write changed the record in between: read it again
            return record if verdict.is_new else None
        raise TryAgain("too many events about one subject at the same time")

    def change(self, record_id: str, decide: Decide, correlation_id: str) -> Record:
        for _ in self._backoff.attempts():
            before = self.get(record_id)
            record = decide(before)
            if record == before:
                return record
            condition, values = _unless_changed(before)
            try:
                self._table.put(item_from_record(record, correlation_id), condition, **values)
            except ConditionFailed:
                continue  # another write changed the record in between: read it again
            return record
        raise TryAgain("too many changes of one record at the same time")


def _unless_changed(before: Record | None) -> tuple[str, dict[str, Any]]:
    """The condition that the stored record is the one that was read, and its values."""
    return ("attribute_not_exists(id)", {}) if before is None else ("#version = :version", {"version": before.version})

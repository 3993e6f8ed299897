"""The table, on moto, and its fake: both pass the same tests."""

from typing import Any

import pytest

import search_service
from ecom.backoff import Backoff
from ecom.errors import TryAgain
from ecom.events import IncomingEvent, parse
from ecom.inbox import InboxTable, Outdated
from ecom.schemas import Schemas
from ecom_testkit.examples import example
from ecom_testkit.inbox import InboxInMemory
from ecom_testkit.lambda_events import NOON
from ecom_testkit.throttling import FAILURES, FailingClient
from search_service.consumed_events import READERS
from search_service.domain import Occurrence, Record
from search_service.repository import Records, RecordsTable

EVENT = next(iter(READERS))
OCCURRENCE = Occurrence("Happened", "subject-1")


def event(event_id: str = "event-1") -> IncomingEvent[Any]:
    return parse(example(EVENT, "subject-1", event_id), Schemas.of_service(search_service.__file__))


def test_a_subject_without_events_has_no_record(records: Records) -> None:
    assert records.get("subject-1") is None


def test_an_event_is_recorded(records: Records) -> None:
    added = records.add(event(), OCCURRENCE)
    assert added == records.get("subject-1") == Record("subject-1", {"Happened": 1}, version=1)


def test_a_repeat_changes_nothing(records: Records) -> None:
    first = records.add(event(), OCCURRENCE)
    assert records.add(event(), OCCURRENCE) is None
    assert records.get("subject-1") == first


def test_each_subject_has_a_record_that_adds_up_its_events(records: Records) -> None:
    for event_id in ("event-1", "event-2", "event-1"):
        records.add(event(event_id), OCCURRENCE)
    records.add(event("event-3"), Occurrence("Happened", "subject-2"))
    assert records.get("subject-1") == Record("subject-1", {"Happened": 2}, version=2)


def test_two_concurrent_events_are_both_recorded(table: RecordsTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second write finds the record changed and is decided again."""
    get = table.get

    def get_then_add_another(subject: str) -> Record | None:
        before = get(subject)
        monkeypatch.setattr(table, "get", get)
        table.add(event("event-2"), OCCURRENCE)
        return before

    monkeypatch.setattr(table, "get", get_then_add_another)
    record = table.add(event("event-1"), OCCURRENCE)
    assert record
    assert record.total == record.version == 2


def test_endless_conflicts_raise_try_again(dynamodb: Any) -> None:
    def conflict(_: object) -> None:
        raise Outdated

    with pytest.raises(TryAgain):
        RecordsTable(dynamodb, "Table", InboxInMemory(conflict), Backoff(max_attempts=3, sleep=lambda _: None)).add(
            event(), OCCURRENCE
        )


@pytest.mark.parametrize("succeed", [0, 1])
def test_a_throttled_table_raises_try_again(dynamodb: Any, succeed: int) -> None:
    """The read fails, or the transaction after it."""
    client: Any = FailingClient(*FAILURES[0], dynamodb, succeed)
    records = RecordsTable(client, "Table", InboxTable(client, "Inbox", lambda: NOON))
    with pytest.raises(TryAgain):
        records.add(event(), OCCURRENCE)


def test_an_event_is_known_once_it_is_recorded(records: Records) -> None:
    assert not records.knows(event())
    records.add(event(), OCCURRENCE)
    assert (records.knows(event()), records.knows(event("event-2"))) == (True, False)

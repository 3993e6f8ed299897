"""Requests change records, on moto and on its fake."""

from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.errors import TryAgain
from ecom_testkit.inbox import InboxInMemory
from search_service.domain import Record, write_text
from search_service.repository import Decide, Records, RecordsTable


def writes(text: str) -> Decide:
    return lambda before: write_text(before, "record-1", text)


def test_a_new_record_is_stored(records: Records) -> None:
    changed = records.change("record-1", writes("first"), "request-1")
    assert changed == records.get("record-1") == Record("record-1", text="first", version=1)


def test_another_text_replaces_the_first(records: Records) -> None:
    records.change("record-1", writes("first"), "request-1")
    records.change("record-1", writes("second"), "request-2")
    assert records.get("record-1") == Record("record-1", text="second", version=2)


def test_the_same_text_again_writes_nothing(table: RecordsTable, monkeypatch: pytest.MonkeyPatch) -> None:
    before = table.change("record-1", writes("first"), "request-1")

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("nothing is to be written")

    monkeypatch.setattr("ecom.dynamo.Table.put", refuse)
    assert table.change("record-1", writes("first"), "request-2") == before


def test_two_concurrent_changes_are_both_decided_on_what_is_stored(
    table: RecordsTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    get = table.get

    def get_then_change(record_id: str) -> Record | None:
        before = get(record_id)
        monkeypatch.setattr(table, "get", get)
        table.change("record-1", writes("other"), "request-2")
        return before

    monkeypatch.setattr(table, "get", get_then_change)
    assert table.change("record-1", writes("mine"), "request-1") == Record("record-1", text="mine", version=2)


def test_endless_conflicts_raise_try_again(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    backoff = Backoff(max_attempts=3, sleep=lambda _: None)
    table = RecordsTable(dynamodb, "Table", InboxInMemory(), backoff)
    table.change("record-1", writes("first"), "request-1")
    monkeypatch.setattr(table, "get", lambda _: None)
    with pytest.raises(TryAgain):
        table.change("record-1", writes("second"), "request-2")

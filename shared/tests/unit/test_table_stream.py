"""Stream -> bus: at least once; poison goes to the dead-letter queue, and failures are reported by record."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from ecom.business_metrics import BusinessMetric, Published
from ecom.errors import InvalidEvent, PlatformError
from ecom.events import Metadata, OutgoingEvent
from ecom.publish import PublishFailed
from ecom.table_stream import Change, changed_fields, for_each_record, publish_changes, read_change
from ecom_testkit.lambda_events import stream_record


class Publishing:
    """A publisher that refuses the events in `refused`, and for which those in `broken` are invalid."""

    def __init__(self, refused: Sequence[str] = (), broken: Sequence[str] = ()) -> None:
        self.published: list[str] = []
        self._refused, self._broken = refused, broken

    def check(self, event: OutgoingEvent) -> None:
        if event.resources[0] in self._broken:
            raise InvalidEvent("broken")

    def send(self, events: Sequence[OutgoingEvent]) -> None:
        names = [event.resources[0] for event in events]
        self.published += [name for name in names if name not in self._refused]
        failed = [place for place, name in enumerate(names) if name in self._refused]
        if failed:
            raise PublishFailed(failed, ["InternalFailure"])


class DeadLetterSpy:
    def __init__(self) -> None:
        self.messages: list[tuple[Any, str]] = []

    def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
        self.messages.append((received["eventID"], error.message))


def record(name: str, **image: Any) -> dict[str, Any]:
    return {
        "eventID": name,
        "dynamodb": {
            "Keys": {"id": {"S": name}},
            "SequenceNumber": f"seq-{name}",
            "NewImage": {"id": {"S": name}, **image},
        },
    }


def one_event(change: Change) -> list[OutgoingEvent]:
    assert change.new is not None
    return [OutgoingEvent("s", "T", (change.new["id"],), {}, change.metadata("1"))]


def run(
    records: list[dict[str, Any]], publishing: Publishing, dead_letters: DeadLetterSpy, events_of: Any = one_event
) -> list[str]:
    answer = publish_changes(records, "s", events_of, publishing, dead_letters)  # type: ignore[arg-type]  # fakes
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_a_published_batch_reports_nothing() -> None:
    publishing, dead_letters = Publishing(), DeadLetterSpy()
    assert run([record("a"), record("b")], publishing, dead_letters) == []
    assert (publishing.published, dead_letters.messages) == (["a", "b"], [])


def test_lambda_reads_again_from_the_first_refused_record() -> None:
    assert run([record(n) for n in "abcd"], Publishing(refused=["b", "c"]), DeadLetterSpy()) == ["seq-b"]


def test_an_invalid_record_becomes_a_dead_letter_and_blocks_nothing() -> None:
    publishing, dead_letters = Publishing(broken=["b"]), DeadLetterSpy()
    assert run([record(n) for n in "abc"], publishing, dead_letters) == []
    assert publishing.published == ["a", "c"]
    assert dead_letters.messages == [("b", "broken")]


@pytest.mark.parametrize("error", [KeyError("name"), TypeError("x"), ValueError("x"), AttributeError("get")])
def test_an_unreadable_item_becomes_a_dead_letter(error: Exception) -> None:
    def unreadable(change: Change) -> list[OutgoingEvent]:
        raise error

    dead_letters = DeadLetterSpy()
    assert run([record("a")], Publishing(), dead_letters, unreadable) == []
    assert dead_letters.messages[0][0] == "a"


@pytest.mark.parametrize("error", [KeyError("old"), AttributeError("x"), TypeError("x")])
def test_an_event_whose_metrics_cannot_be_read_is_published(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def metrics_of(change: Change, event: OutgoingEvent) -> list[BusinessMetric]:
        if change.record_id == "a":
            raise error
        return [BusinessMetric("OrdersCreated")]

    publishing, dead_letters = Publishing(), DeadLetterSpy()
    counted: list[Published] = []
    publish_changes([record("a"), record("b")], "s", one_event, publishing, dead_letters, metrics_of, counted.extend)  # type: ignore[arg-type]  # fakes
    assert (publishing.published, dead_letters.messages) == (["a", "b"], [])
    assert [[metric.name for metric in each.metrics] for each in counted] == [[], ["OrdersCreated"]]
    assert "metrics not counted" in caplog.text


def test_a_failing_dead_letter_queue_raises() -> None:
    class Gone(DeadLetterSpy):
        def send(self, received: Any, error: PlatformError, back_to: str = "") -> None:
            raise ConnectionError

    with pytest.raises(ConnectionError):
        run([record("a")], Publishing(broken=["a"]), Gone())


def test_metadata_is_stable_and_has_version_and_correlation_of_the_item() -> None:
    raw = record("a", version={"N": "7"}, correlationId={"S": "request-1"})
    first, again = (read_change(raw, "s").metadata("1") for _ in range(2))
    assert first == again == Metadata(first.event_id, "1", "request-1", 7, None)
    assert read_change(record("b"), "s").metadata("1").sequence is None
    for odd in ({"BOOL": True}, {"N": "1E+37"}, {"N": "-1"}, {"N": "1.5"}, {"S": "1"}):
        assert read_change(record("b", version=odd), "s").metadata("1").sequence is None
    assert read_change(record("b"), "s").metadata("1").event_id != first.event_id
    assert read_change(raw, "other").metadata("1").event_id != first.event_id


def test_the_event_of_a_deletion_has_the_sequence_after_that_of_the_last_change() -> None:
    """Else consumers would take it for a repeat of that change, and drop it."""
    image = {"id": {"S": "a"}, "version": {"N": "7"}}
    deleted = {"eventID": "b", "dynamodb": {"Keys": {"id": {"S": "a"}}, "SequenceNumber": "2", "OldImage": image}}
    assert read_change(deleted, "s").metadata("1").sequence == 8


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": 1}, {"a": 2, "b": 1}, ["a"]),
        ({}, {"a": None}, ["a"]),
        ({"p": {"w": 1, "h": 2}}, {"p": {"w": 1, "h": 3}}, ["p.h"]),
        ({"p": {"w": 1}}, {}, ["p"]),
        ({"l": [1]}, {"l": [2]}, ["l"]),
    ],
)
def test_changed_fields(old: dict[str, Any], new: dict[str, Any], names: list[str]) -> None:
    assert changed_fields(old, new) == names


def test_records_are_handled_up_to_the_first_that_fails() -> None:
    handled: list[str] = []

    def handle(record: Mapping[str, Any]) -> None:
        handled.append(record["dynamodb"]["SequenceNumber"])
        if len(handled) == 2:
            raise KeyError("id")

    records = [stream_record({"id": "a"}, new={"id": "a"}, number=number) for number in (1, 2, 3)]
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
    assert for_each_record(records, handle) == {"batchItemFailures": [{"itemIdentifier": numbers[1]}]}
    assert handled == numbers[:2]
    assert for_each_record(records[2:], handle) == {"batchItemFailures": []}

"""Every event is validated before it is sent, and every entry of the response is checked."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecom.errors import InvalidEvent
from ecom.events import Metadata, OutgoingEvent, size_of
from ecom.publish import MAX_BYTES, Publisher, PublishFailed
from ecom.schemas import Schemas


class Bus:
    """EventBridge's PutEvents, with a list of entries to refuse."""

    def __init__(self, refuse: Callable[[int, dict[str, Any]], bool] = lambda call, entry: False) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.accepted: list[str] = []
        self._refuse = refuse

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.requests.append(Entries)
        results: list[dict[str, str]] = []
        for entry in Entries:
            if self._refuse(len(self.requests), entry):
                results.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"})
            else:
                self.accepted.append(entry["Resources"][0])
                results.append({"EventId": f"id-{len(self.accepted)}"})
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


def event(number: int, size: int = 0) -> OutgoingEvent:
    return OutgoingEvent(
        source="ecommerce.tests",
        detail_type="Happened",
        resources=(f"r{number}",),
        detail={"number": number, "padding": "x" * size},
        metadata=Metadata(event_id=f"e{number}", schema_version="1", correlation_id="c"),
    )


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    schema = {
        "type": "object",
        "required": ["detail"],
        "properties": {"detail": {"properties": {"number": {"type": "integer"}}}},
    }
    (tmp_path / "Happened.json").write_text(json.dumps(schema))
    return Schemas(tmp_path)


def publisher(bus: Bus, schemas: Schemas) -> Publisher:
    return Publisher(bus, "bus", schemas)  # type: ignore[arg-type]  # a fake of the one call


def test_many_events_go_in_chunks_of_ten_in_order(schemas: Schemas) -> None:
    bus = Bus()
    publisher(bus, schemas).publish([event(number) for number in range(25)])
    assert [len(request) for request in bus.requests] == [10, 10, 5]
    assert bus.accepted == [f"r{number}" for number in range(25)]


def test_a_request_stays_below_eventbridges_limit_of_bytes(schemas: Schemas) -> None:
    bus = Bus()
    publisher(bus, schemas).publish([event(number, size=100_000) for number in range(5)])
    assert [len(request) for request in bus.requests] == [2, 2, 1]
    assert all(sum(len(entry["Detail"]) for entry in request) < MAX_BYTES for request in bus.requests)


def test_resources_count(schemas: Schemas) -> None:
    bus = Bus()
    metadata = event(0).metadata
    many = [
        OutgoingEvent("ecommerce.tests", "Happened", (f"r{number}", "x" * 100_000), {"number": number}, metadata)
        for number in range(5)
    ]
    publisher(bus, schemas).publish(many)
    assert [len(request) for request in bus.requests] == [2, 2, 1]


@pytest.mark.parametrize(
    ("more", "size"),
    [({}, 7), ({"Resources": ["r1", "ü"]}, 11), ({"Time": "2026-11-30"}, 21), ({"EventBusName": "b"}, 7)],
    ids=["texts", "resources", "time", "bus"],
)
def test_the_size_of_an_entry_is_the_one_that_eventbridge_counts(more: dict[str, Any], size: int) -> None:
    """EventBridge User Guide, *Calculating Amazon EventBridge PutEvents event entry size*."""
    assert size_of({"Source": "abc", "DetailType": "ü", "Detail": "{}", **more}) == size


def test_a_refused_entry_is_sent_again_alone(schemas: Schemas) -> None:
    bus = Bus(refuse=lambda call, entry: call == 1 and entry["Resources"] == ["r1"])
    publisher(bus, schemas).publish([event(number) for number in range(3)])
    assert bus.accepted == ["r0", "r2", "r1"]
    assert [len(request) for request in bus.requests] == [3, 1]


def test_refused_events_are_named_and_the_others_are_published(schemas: Schemas) -> None:
    bus = Bus(refuse=lambda call, entry: entry["Resources"] == ["r11"])
    with pytest.raises(PublishFailed, match="ThrottlingException") as failure:
        publisher(bus, schemas).publish([event(number) for number in range(12)])
    assert failure.value.failed == (11,)
    assert len(bus.accepted) == 11


def test_a_response_with_missing_entries_is_a_failure(schemas: Schemas) -> None:
    bus = Bus()
    bus.put_events = lambda Entries: {"FailedEntryCount": 0, "Entries": []}  # type: ignore[method-assign]  # noqa: N803 - a fake, with boto3's names
    with pytest.raises(PublishFailed):
        publisher(bus, schemas).publish([event(0)])


def test_an_invalid_event_prevents_all_from_being_sent(schemas: Schemas) -> None:
    bus = Bus()
    broken = OutgoingEvent("ecommerce.tests", "Happened", ("r",), {"number": "one"}, event(0).metadata)
    with pytest.raises(InvalidEvent, match="number"):
        publisher(bus, schemas).publish([event(0), broken])
    assert bus.requests == []


def test_no_events_are_no_request(schemas: Schemas) -> None:
    bus = Bus()
    publisher(bus, schemas).publish([])
    assert bus.requests == []

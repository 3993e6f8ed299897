"""The newest events, with the outcome of their deliveries."""

import sys
import threading
from typing import Any

from tools.local.aws.eventbridge.recorder import Recorder, State

RULE, FUNCTION, QUEUE = "rule/all", "function:f", "queue"


def event(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "source": "shop", "detail-type": "Sold", "detail": f'{{"number": {number}}}', **more}


def noted(*numbers: int, most: int = 10) -> Recorder:
    recorder = Recorder(most)
    for number in numbers:
        recorder.note(event(number), "bus")
    return recorder


def states(recorder: Recorder) -> list[tuple[str, int, str]]:
    (only,) = recorder.about("e1", 1)
    return [(each["state"], each["attempts"], each["reason"]) for each in only.document()["deliveries"]]


def test_a_document_is_made_while_targets_are_added() -> None:
    recorder = noted(1)
    (only,) = recorder.about("e1", 1)

    def add() -> None:
        for number in range(3000):
            recorder.matched("e1", RULE, f"queue-{number}")

    adding = threading.Thread(target=add)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        adding.start()
        while adding.is_alive():
            only.document()
    finally:
        adding.join()
        sys.setswitchinterval(interval)
    assert len(only.document()["deliveries"]) == 3000


def test_the_newest_events_come_first_and_the_oldest_are_forgotten() -> None:
    recorder = noted(1, 2, 3, 4, most=3)
    assert [each.event["id"] for each in recorder.about("", 9)] == ["e4", "e3", "e2"]
    assert [each.event["id"] for each in recorder.about("", 2)] == ["e4", "e3"]


def test_a_text_finds_events_by_id_source_type_and_detail() -> None:
    recorder = noted(1, 2)
    assert [each.event["id"] for each in recorder.about('"number": 2', 9)] == ["e2"]
    for text in ("e1", "shop", "Sold"):
        assert "e1" in [each.event["id"] for each in recorder.about(text, 9)]
    assert recorder.about("nothing", 9) == []


def test_a_document_has_the_decoded_detail() -> None:
    document = noted(7).about("", 1)[0].document()
    assert (document["detail"], document["bus"], document["times"]) == ({"number": 7}, "bus", 1)


def test_a_detail_that_is_no_json_stays_a_text() -> None:
    recorder = Recorder()
    recorder.note(event(1, detail="hello"), "bus")
    assert recorder.about("", 1)[0].document()["detail"] == "hello"


def test_an_event_that_is_replayed_is_one_event() -> None:
    (only,) = noted(1, 1).about("", 9)
    assert only.times == 2


def test_a_function_that_fails_and_then_succeeds() -> None:
    recorder = noted(1)
    recorder.matched("e1", RULE, FUNCTION)
    assert states(recorder) == [("matched", 0, "")]
    recorder.offered("e1", RULE, FUNCTION, State.DELIVERED)
    assert states(recorder) == [("delivered", 0, "")]
    recorder.ran("e1", FUNCTION, State.RETRYING, "broken")
    assert states(recorder) == [("retrying", 1, "broken")]
    recorder.ran("e1", FUNCTION, State.SUCCEEDED)
    assert states(recorder) == [("succeeded", 2, "")]


def test_a_function_that_is_quicker_than_the_note_of_its_delivery() -> None:
    recorder = noted(1)
    recorder.matched("e1", RULE, FUNCTION)
    recorder.ran("e1", FUNCTION, State.FAILED, "broken")
    recorder.offered("e1", RULE, FUNCTION, State.DELIVERED)
    assert states(recorder) == [("failed", 1, "broken")]


def test_a_target_that_refuses_and_then_accepts() -> None:
    recorder = noted(1)
    recorder.matched("e1", RULE, QUEUE)
    recorder.offered("e1", RULE, QUEUE, State.RETRYING, "THROTTLED")
    recorder.offered("e1", RULE, QUEUE, State.DELIVERED)
    assert states(recorder) == [("delivered", 1, "")]


def test_what_happens_to_a_forgotten_event_is_not_recorded() -> None:
    recorder = noted(1)
    recorder.matched("e9", RULE, QUEUE)
    recorder.ran("e1", FUNCTION, State.SUCCEEDED)  # no rule passed the event to this function
    assert states(recorder) == []


def test_a_reader_gets_what_changed_since_a_version() -> None:
    recorder = noted(1, 2)
    version, events = recorder.after(0)
    assert [each.event["id"] for each in events] == ["e1", "e2"]
    assert recorder.after(version) == (version, [])
    recorder.matched("e1", RULE, QUEUE)
    assert [each.event["id"] for each in recorder.after(version)[1]] == ["e1"]


def test_a_listener_is_called_until_it_stops() -> None:
    recorder, calls = noted(1), []
    stop = recorder.listen(lambda: calls.append(1))
    recorder.matched("e1", RULE, QUEUE)
    stop()
    recorder.matched("e1", RULE, FUNCTION)
    assert len(calls) == 1

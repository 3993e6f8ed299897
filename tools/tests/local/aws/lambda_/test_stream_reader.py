"""Readers of streams, in virtual time."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.local.delivery.model import Outcome
from tools.tests.local.delivery.world import DONE, FAILED, Consumer, Stream, World, drain, mapped, reader


def stream_of(world: World, *names: str) -> Stream:
    stream = Stream(world)
    stream.put(*names)
    return stream


def test_batches_are_full_and_in_order() -> None:
    world, consumer = World(), Consumer()
    stream = stream_of(world, *"abcdefg")
    assert drain(world, stream, consumer, batch_size=3) == []
    assert consumer.batches == [list("abc"), list("def"), ["g"]]
    assert stream.saved.position == 7
    assert not world.sent


def test_retries_are_capped_with_growing_waits_and_the_reason_is_sent() -> None:
    world, consumer = World(), Consumer("b")
    stream = stream_of(world, *"abcd")
    waits = drain(world, stream, consumer, batch_size=3, retries=3)
    assert consumer.batches == [list("abc")] * 4 + [["d"]], "one attempt and three retries"
    assert waits == [1, 2, 4]
    (body,) = world.bodies()
    assert body["requestContext"] == {
        "requestId": "id-1",
        "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:f:live",
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 4,
    }
    assert body["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert body["DDBStreamBatchInfo"] == {
        "shardId": "shardId-00000000000000000000-00000000",
        "startSequenceNumber": "00001",
        "endSequenceNumber": "00003",
        "approximateArrivalOfFirstRecord": "1970-01-12T13:46:40.000Z",
        "approximateArrivalOfLastRecord": "1970-01-12T13:46:40.000Z",
        "batchSize": 3,
        "streamArn": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/now",
    }
    assert body["version"] == "1.0"


def test_a_bucket_gets_the_records_themselves_under_the_key_of_aws() -> None:
    world, consumer = World(), Consumer("b")
    stream = stream_of(world, *"abc")
    drain(world, stream, consumer, batch_size=2, retries=0, on_failure="arn:aws:s3:::lost", mapping_id="m-1")
    (message,) = world.sent
    assert message.destination == "arn:aws:s3:::lost"
    assert message.key == ("aws/lambda/m-1/shardId-00000000000000000000-00000000/1970/01/12/1970-01-12T13.46.40-id-2")
    (body,) = world.bodies()
    assert body["DDBStreamBatchInfo"]["batchSize"] == 2
    assert json.loads(body["payload"]) == {"Records": stream.records[:2]}


def test_without_a_limit_a_shard_waits_until_the_function_works() -> None:
    world, consumer = World(), Consumer("a")
    stream = stream_of(world, *"ab")
    machine = reader(world, stream, consumer)
    for _ in range(500):
        due = machine.step(mapped())
        assert due is not None
        world.now = max(world.now, due)
    assert set(map(tuple, consumer.batches)) == {("a", "b")}
    assert stream.saved.position == 0
    consumer.poison.clear()
    world.run(lambda: machine.step(mapped()))
    assert consumer.handled == ["a", "b"]


@pytest.mark.parametrize("partial", [False, True])
def test_poison_is_isolated_by_bisection_and_the_rest_arrive_in_order(partial: bool) -> None:
    world, consumer = World(), Consumer("e", partial=partial)
    stream = stream_of(world, *"abcdefgh")
    drain(world, stream, consumer, batch_size=8, retries=2, bisect=True, partial=partial)
    assert consumer.handled == list("abcdfgh")
    (body,) = world.bodies()
    assert body["DDBStreamBatchInfo"]["startSequenceNumber"] == "00005"
    assert body["DDBStreamBatchInfo"]["endSequenceNumber"] == "00005"
    assert consumer.batches.count(["e"]) == 3, "splitting does not count as a retry"
    assert ("functionError" in body["responseContext"]) is not partial


def test_a_partial_answer_moves_the_checkpoint_to_the_lowest_failure() -> None:
    world = World()
    stream = stream_of(world, *"abcde")
    answers: list[Any] = [
        {"batchItemFailures": [{"itemIdentifier": "00004"}, {"itemIdentifier": "00003"}]},
        {"batchItemFailures": []},
    ]
    batches = []

    def call(event: Any) -> Outcome:
        batches.append([record["eventID"] for record in event["Records"]])
        return Outcome(answers.pop(0))

    drain(world, stream, call, batch_size=5, partial=True)
    assert batches == [list("abcde"), list("cde")]


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"id": "00002"}]},
        {"batchItemFailures": [{"itemIdentifier": "unknown"}, {"itemIdentifier": "00002"}]},
        {"batchItemFailures": "00002"},
        ["00002"],
        "done",
        7,
    ],
)
def test_a_malformed_answer_fails_the_whole_batch(answer: Any) -> None:
    world, answers = World(), [answer, None]
    batches = []

    def call(event: Any) -> Outcome:
        batches.append(len(event["Records"]))
        return Outcome(answers.pop(0))

    drain(world, stream_of(world, *"abc"), call, partial=True)
    assert batches == [3, 3]


@pytest.mark.parametrize("answer", [None, "", {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_an_empty_answer_is_success(answer: Any) -> None:
    world = World()
    stream = stream_of(world, *"abc")
    assert drain(world, stream, lambda _event: Outcome(answer), partial=True) == []
    assert stream.saved.position == 3


def test_an_answer_with_failures_is_success_without_report_batch_item_failures() -> None:
    world, consumer = World(), Consumer("b", partial=True)
    stream = stream_of(world, *"abc")
    drain(world, stream, consumer)
    assert len(consumer.batches) == 1


def test_records_that_are_too_old_go_to_the_destination_without_an_invocation() -> None:
    world, consumer = World(), Consumer()
    stream = Stream(world)
    stream.put("old", "older", age=120)
    stream.put("new", age=10)
    drain(world, stream, consumer, record_age=60)
    assert consumer.batches == [["new"]]
    (body,) = world.bodies()
    assert body["requestContext"]["condition"] == "RecordAgeExceeded"
    assert body["requestContext"]["approximateInvokeCount"] == 0
    assert body["responseContext"] is None
    assert body["DDBStreamBatchInfo"]["batchSize"] == 2


def test_a_failing_batch_is_given_up_at_its_maximum_age() -> None:
    world, consumer = World(), Consumer("a")
    stream = stream_of(world, *"ab")
    waits = drain(world, stream, consumer, record_age=60)
    assert 59 <= sum(waits) <= 125
    assert [body["requestContext"]["condition"] for body in world.bodies()] == ["RecordAgeExceeded"]
    assert stream.saved.position == 2


def test_records_excluded_by_a_filter_are_skipped() -> None:
    world, consumer = World(), Consumer()
    stream = stream_of(world, *"aXbXXcX")
    drain(world, stream, consumer, batch_size=2, matches=lambda record: record["eventID"] != "X")
    assert consumer.batches == [["a", "b"], ["c"]]
    assert stream.saved.position == 7


def test_the_window_waits_for_a_full_batch_or_its_end() -> None:
    world, consumer = World(), Consumer()
    stream = stream_of(world, "a")
    machine, settings = reader(world, stream, consumer), mapped(batch_size=3, window=5)
    assert machine.step(settings) == world.now + 5
    world.now += 2
    stream.put("b")
    assert machine.step(settings) == world.now + 3
    stream.put("c")
    machine.step(settings)
    assert consumer.batches == [["a", "b", "c"]]
    stream.put("d")
    due = machine.step(settings)
    assert due == world.now + 5
    world.now = due
    machine.step(settings)
    assert consumer.batches[-1] == ["d"]


def test_throttling_does_not_count_as_an_attempt() -> None:
    world = World()
    stream = stream_of(world, *"ab")
    outcomes = [*[Outcome(throttled=True)] * 20, DONE]
    waits = drain(world, stream, lambda _event: outcomes.pop(0), retries=0)
    assert not world.sent
    assert max(waits) == 60
    assert stream.saved.position == 2


def test_only_waits_are_shortened() -> None:
    world, consumer = World(), Consumer("a")
    machine = reader(world, stream_of(world, "a"), consumer, factor=0.5)
    assert world.run(lambda: machine.step(mapped(retries=3))) == [0.5, 1, 2]


def test_a_killed_reader_continues_with_its_pieces() -> None:
    world, consumer = World(), Consumer("c")
    stream = stream_of(world, *"abcdef")
    machine = reader(world, stream, consumer)
    for _ in range(3):
        world.now = max(world.now, machine.step(mapped(batch_size=6, bisect=True, retries=1)) or 0)
    assert stream.saved.pieces
    drain(world, stream, consumer, batch_size=6, bisect=True, retries=1)
    assert consumer.handled == list("abdef")
    assert len(world.sent) == 1


def test_expired_records_are_skipped() -> None:
    world, consumer = World(), Consumer("a")
    stream = stream_of(world, *"abcd")
    machine = reader(world, stream, consumer)
    machine.step(mapped(batch_size=2))
    stream.expire(3)
    world.now += 100
    world.run(lambda: machine.step(mapped(batch_size=2)))
    assert consumer.handled == ["d"]


@given(
    poison=st.sets(st.integers(0, 24)),
    unlucky=st.lists(st.booleans(), max_size=30),
    size=st.integers(1, 12),
    retries=st.integers(1, 3),
    partial=st.booleans(),
    kills=st.sets(st.integers(0, 60)),
)
def test_every_record_is_handled_or_sent_away_in_order(
    poison: set[int], unlucky: list[bool], size: int, retries: int, partial: bool, kills: set[int]
) -> None:
    """With bisection, whatever fails and whenever the reader is killed, only poison or a record that failed by chance
    is given up."""
    world = World()
    names = [f"{number:02d}" for number in range(25)]
    stream = stream_of(world, *names)
    consumer = Consumer(*(names[number] for number in poison), partial=partial)
    luck = list(unlucky)

    def call(event: Any) -> Outcome:
        if luck and luck.pop():
            return Outcome(throttled=True)
        return consumer(event)

    settings = mapped(batch_size=size, retries=retries, bisect=True, partial=partial)
    machine = reader(world, stream, call)
    for step in range(2000):
        if step in kills:
            machine = reader(world, stream, call)
        due = machine.step(settings)
        if due is None:
            break
        world.now = max(world.now, due)
    assert stream.saved.position == 25
    assert consumer.handled == [name for number, name in enumerate(names) if number not in poison]
    away = [int(body["DDBStreamBatchInfo"]["startSequenceNumber"]) - 1 for body in world.bodies()]
    assert away == sorted(poison)
    assert all(body["DDBStreamBatchInfo"]["batchSize"] == 1 for body in world.bodies())


@given(
    failing=st.lists(st.sampled_from(["ok", "fail", "throttle"]), max_size=40),
    size=st.integers(1, 7),
    bisect=st.booleans(),
)
def test_without_limits_nothing_is_ever_skipped(failing: list[str], size: int, bisect: bool) -> None:
    world = World()
    stream = stream_of(world, *"abcdefghij")
    outcomes = {"ok": DONE, "fail": FAILED, "throttle": Outcome(throttled=True)}
    script, handled = list(failing), list[str]()

    def call(event: Any) -> Outcome:
        outcome = outcomes[script.pop(0)] if script else DONE
        if outcome is DONE:
            handled.extend(record["eventID"] for record in event["Records"])
        return outcome

    drain(world, stream, call, batch_size=size, bisect=bisect)
    assert handled == list("abcdefghij")
    assert not world.sent

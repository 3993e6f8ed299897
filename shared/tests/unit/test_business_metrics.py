"""Business metrics are counted once: after their event was published, when Lambda is told that the record is done."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from ecom.business_metrics import REMEMBERED, BusinessMetric, MetricCounter, Published, amount
from ecom.embedded_metrics import MAX_VALUES
from ecom.events import OutgoingEvent
from ecom.publish import Publisher
from ecom.table_stream import Change, publish_changes
from ecom_testkit.lambda_events import NOON, stream_record
from ecom_testkit.metric_lines import metric_lines, sums

AT = NOON.timestamp()
Capture = pytest.CaptureFixture[str]


def counter() -> MetricCounter:
    return MetricCounter("test", "shop", lambda: AT + 5)


def sold(record_id: str, price: int = 10, at: float | None = AT) -> Published:
    return Published(record_id, (BusinessMetric("Sales"), amount("Worth", price)), at)


class TestTheLine:
    def test_several_metrics_are_one_short_line(self, capsys: Capture) -> None:
        counter().count_published([sold("1", 10), sold("2", 30)])
        text = capsys.readouterr().out
        (document,) = metric_lines(text)
        about = document.pop("_aws")
        assert document == {"environment": "test", "service": "shop", "Sales": 2, "Worth": [10, 30]}
        assert about == {
            "Timestamp": AT * 1000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Ecommerce",
                    "Dimensions": [["environment", "service"]],
                    "Metrics": [{"Name": "Sales", "Unit": "Count"}, {"Name": "Worth", "Unit": "None"}],
                }
            ],
        }
        assert len(text) < 300

    def test_no_metric_is_no_line(self, capsys: Capture) -> None:
        counter().count_published([Published("1", (), AT)])
        counter().count()
        assert capsys.readouterr().out == ""

    def test_each_minute_in_which_the_table_was_written_has_a_line(self, capsys: Capture) -> None:
        counter().count_published([sold("1", at=AT), sold("2", at=AT + 59), sold("3", at=AT + 60), sold("4", at=None)])
        lines = metric_lines(capsys.readouterr().out)
        assert [line["_aws"]["Timestamp"] for line in lines] == [(AT + 59) * 1000, (AT + 60) * 1000]
        assert [line["Sales"] for line in lines] == [3, 1]

    def test_a_line_has_no_more_values_than_cloudwatch_reads(self, capsys: Capture) -> None:
        counter().count_published([sold(str(number), 1) for number in range(MAX_VALUES)])
        text = capsys.readouterr().out
        assert all(len(line["Worth"]) <= MAX_VALUES for line in metric_lines(text))
        assert sums(text) == {"Sales": MAX_VALUES, "Worth": MAX_VALUES}

    def test_what_no_event_tells_happened_now(self, capsys: Capture) -> None:
        counter().count(BusinessMetric("Refusals"))
        (line,) = metric_lines(capsys.readouterr().out)
        assert (line["Refusals"], line["_aws"]["Timestamp"]) == (1, (AT + 5) * 1000)


class TestRepeats:
    def test_a_record_is_counted_once_by_an_environment(self, capsys: Capture) -> None:
        metrics = counter()
        for _ in range(5):
            metrics.count_published([sold("1"), sold("2")])
        assert sums(capsys.readouterr().out) == {"Sales": 2, "Worth": 20}

    def test_what_is_remembered_is_bounded(self, capsys: Capture) -> None:
        metrics = counter()
        metrics.count_published([sold(str(number)) for number in range(REMEMBERED + 1)])
        capsys.readouterr()
        metrics.count_published([sold("0"), sold(str(REMEMBERED))])
        assert sums(capsys.readouterr().out) == {"Sales": 1, "Worth": 10}


class Bus:
    """Refuses the entries about `refused`, as PutEvents does when it is throttled."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused

    def put_events(self, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803 - as boto3 spells it
        ids = [{} if entry["Resources"][0] in self.refused else {"EventId": "1"} for entry in Entries]
        return {"Entries": ids}


class Anything:
    def check(self, detail_type: str, document: object) -> None:
        pass


class DeadLetters:
    def __init__(self) -> None:
        self.count = 0

    def send(self, received: Any, error: Exception) -> None:
        self.count += 1


class TestPublishing:
    RECORDS = tuple(stream_record({"id": name}, None, {"id": name}, number=n) for n, name in enumerate("abcd"))

    def run(self, bus: Bus, metrics: MetricCounter, metrics_of: Any = None) -> list[str]:
        dead_letters: Any = DeadLetters()
        answer = publish_changes(
            self.RECORDS,
            "s",
            lambda change: [change.event("Sold", change.keys["id"], {})],
            Publisher(bus, "bus", Anything()),  # type: ignore[arg-type]  # fakes
            dead_letters,
            metrics_of or (lambda _change, _event: [BusinessMetric("Sales")]),
            metrics.count_published,
        )
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def test_published_records_are_counted(self, capsys: Capture) -> None:
        assert self.run(Bus(), counter()) == []
        assert sums(capsys.readouterr().out) == {"Sales": 4}

    @pytest.mark.parametrize(("refused", "done"), [("a", 0), ("b", 1), ("cd", 2), ("d", 3)])
    def test_records_that_lambda_reads_again_are_counted_by_the_attempt_that_succeeds(
        self, capsys: Capture, refused: str, done: int
    ) -> None:
        """Another environment may have the next attempt, and remembers nothing."""
        (failed,) = self.run(Bus(refused), counter())
        position = [record["dynamodb"]["SequenceNumber"] for record in self.RECORDS].index(failed)
        assert sums(capsys.readouterr().out).get("Sales", 0) == done == position

    def test_a_bus_that_does_not_answer_counts_nothing(self, capsys: Capture) -> None:
        class Gone(Bus):
            def put_events(self, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803 - as boto3 spells it
                raise ConnectionError

        with pytest.raises(ConnectionError):
            self.run(Gone(), counter())
        assert capsys.readouterr().out == ""

    def test_a_record_whose_metrics_are_unreadable_is_a_dead_letter(self, capsys: Capture) -> None:
        def metrics_of(change: Change, _event: OutgoingEvent) -> list[BusinessMetric]:
            return (
                [BusinessMetric("Sales", change.keys["units"])]
                if change.keys["id"] == "b"
                else [BusinessMetric("Sales")]
            )

        assert self.run(Bus(), counter(), metrics_of) == []
        assert sums(capsys.readouterr().out) == {"Sales": 3}


def test_a_line_says_nothing_but_numbers_and_names(capsys: Capture) -> None:
    """What could be personal cannot get in: a metric has a name and a number."""
    counter().count_published([sold("canary@example.com")])
    text = capsys.readouterr().out
    assert "canary" not in text
    document = json.loads(text)
    assert set(document) == {"_aws", "environment", "service", "Sales", "Worth"}

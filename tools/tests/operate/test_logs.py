"""Log lines: of a service, a function, an order; and as they come."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.operate import logs
from tools.operate.log_lines import Following, Line, about, functions_of

GROUP = "/aws/lambda/ecommerce-local-"
NAMES = [f"service-function-{number:02}" for number in range(60)]
SERVICES = ["delivery", "delivery-pricing", "orders"]
WHEN = re.compile(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d ")
"""The time of a line. After midnight, lines of the last minutes have their date too."""
DEPLOYED = ["delivery-on-event", "delivery-pricing-rest-pricing", "orders-on-event", "orders-on-table-change"]


class World:
    """CloudWatch Logs as moto has it, and functions that log."""

    def __init__(self) -> None:
        self.client: Any = boto3.client("logs", region_name="eu-west-1")

    def deploy(self, *functions: str) -> None:
        for name in functions:
            self.client.create_log_group(logGroupName=GROUP + name)
            self.client.create_log_stream(logGroupName=GROUP + name, logStreamName="stream")

    def log(self, function: str, *lines: str, ago: timedelta = timedelta()) -> None:
        now = int(1_000 * (datetime.now(UTC) - ago).timestamp())
        events = [{"timestamp": now, "message": f"{line}\n"} for line in lines]
        self.client.put_log_events(logGroupName=GROUP + function, logStreamName="stream", logEvents=events)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("ENVIRONMENT", raising=False)
    with mock_aws():
        world = World()
        monkeypatch.setattr(logs, "target", lambda _: SimpleNamespace(client=lambda _name: world.client))
        yield world


def test_a_function_on_the_second_page_of_log_groups(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch Logs returns 50 groups on a page."""
    world.deploy(*NAMES)
    world.log(NAMES[-1], "a line")
    assert logs.main([NAMES[-1]]) == 0
    assert capsys.readouterr().out.endswith(" a line\n")


def test_an_unknown_function_lists_all_that_are_deployed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy(*NAMES)
    assert logs.main(["service-other"]) == 2
    error = capsys.readouterr().err
    assert all(name in error for name in NAMES)


def test_an_unknown_function_of_a_service_lists_those_of_the_service(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.deploy(*DEPLOYED)
    assert logs.main(["orders", "--function", "on-evnt"]) == 2
    assert capsys.readouterr().err == (
        "logs: no function on-evnt of orders is deployed; deployed are orders-on-event, orders-on-table-change\n"
    )
    assert logs.main(["payment"]) == 1
    assert "payment is not deployed: `make deploy-payment`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("service", "function", "found"),
    [
        ("orders", "", ["orders-on-event", "orders-on-table-change"]),
        ("orders", "on-event", ["orders-on-event"]),
        ("orders-on-event", "", ["orders-on-event"]),
        ("delivery", "", ["delivery-on-event"]),
        ("delivery-pricing", "", ["delivery-pricing-rest-pricing"]),
        ("", "", DEPLOYED),
        ("", "on-event", ["delivery-on-event", "orders-on-event"]),
        ("order", "", []),
    ],
)
def test_the_functions_of_a_service(service: str, function: str, found: list[str]) -> None:
    assert functions_of(reversed(DEPLOYED), service, function, SERVICES) == found


def test_lines_of_all_functions_are_in_the_order_of_time(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy(*DEPLOYED)
    world.log("orders-on-event", "old", ago=timedelta(minutes=20))
    world.log("orders-on-table-change", "first", ago=timedelta(minutes=5))
    world.log("orders-on-event", "START RequestId: 1", "second\x1b[2J", "END RequestId: 1", "REPORT RequestId: 1")
    world.log("delivery-on-event", "of another service")
    assert logs.main(["orders", "--since", "10m"]) == 0
    assert [WHEN.sub("", line) for line in capsys.readouterr().out.splitlines()] == [
        "orders-on-table-change | first",
        "orders-on-event | second?[2J",
        "orders-on-event | REPORT RequestId: 1",
    ]
    assert logs.main(["orders", "--lines", "1", "--all"]) == 0
    printed = capsys.readouterr()
    assert printed.out.endswith(" orders-on-event | REPORT RequestId: 1\n")
    assert "the last 1 of 6 lines" in printed.err


def test_only_a_line_of_another_day_has_its_date() -> None:
    midnight = datetime(2026, 3, 1, tzinfo=UTC)
    before, after = (Line(int(1_000 * midnight.timestamp()) + ms, "orders-on-event", "1", "a line") for ms in (-1, 0))
    assert logs.text_of(before, ["orders-on-event"], midnight.date()) == "2026-02-28 23:59:59 a line"
    assert logs.text_of(after, ["orders-on-event"], midnight.date()) == "00:00:00 a line"


def test_no_lines_are_said(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy(*DEPLOYED)
    assert logs.main(["orders", "--since", "120s"]) == 0
    assert "no lines in the last 2m: " in capsys.readouterr().err
    assert logs.main(["orders"]) == 0
    assert (
        "no lines in the last 1h: an invocation that succeeds writes only what its code logs; SINCE=1d looks"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("options", [["--since", "10"], ["--since", "1w"], ["--lines", "-1"], ["a", "b"]])
def test_wrong_options_are_one_line(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        logs.main(options)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("make logs: ")


def line(at: int, text: str, function: str = "orders-on-event", stream: str = "1") -> Line:
    return Line(at, function, stream, text)


def test_an_order_selects_whole_invocations() -> None:
    first = [line(1, "START RequestId: a"), line(2, "about order-1"), line(3, "failed")]
    second = [line(4, "START RequestId: b"), line(5, "about order-2")]
    # At the same time, another execution environment and another function.
    beside = [line(2, "START RequestId: c", stream="2"), line(3, "order-1 too", stream="2")]
    other = [line(3, "failed", function="payment-on-order-event")]
    lines = sorted([*first, *second, *beside, *other], key=lambda each: each.at)
    assert about(lines, "order-1") == sorted([*first, *beside], key=lambda each: each.at)
    assert about(lines, "order-3") == []


def record(at: int, stream: str = "1", **fields: Any) -> Line:
    return line(at, json.dumps(fields), stream=stream)


def test_an_invocation_without_start_and_end_is_known_by_its_ids() -> None:
    first = [
        record(1, message="refused", xray_trace_id="1-a", order_id="order-1"),
        line(2, "printed"),
        record(3, message="again", xray_trace_id="1-a"),
        record(4, errorType="ValueError", requestId="r-1"),
        record(5, type="platform.report", record={"requestId": "r-1", "status": "error"}),
    ]
    second = [record(6, message="order-2", xray_trace_id="1-b"), record(7, errorType="KeyError", requestId="r-2")]
    third = [record(8, errorType="KeyError", requestId="r-3", errorMessage="order-3")]
    lines = [*first, *second, *third]
    assert about(lines, "order-1") == first
    assert about(lines, "order-2") == second
    assert about(lines, "order-3") == third


def test_metrics_and_lambda_s_own_records_are_frames_but_a_report_is_not() -> None:
    frames = [record(1, type="platform.start"), record(2, type="platform.runtimeDone"), record(3, _aws={})]
    shown = [
        record(4, type="platform.report", record={"status": "timeout"}),
        record(5, message="m"),
        line(6, "{broken"),
    ]
    assert [each for each in [*frames, *shown] if not each.is_frame] == shown


def test_each_line_is_followed_once_however_often_it_is_read() -> None:
    following = Following()
    first, twice = line(20_000, "a"), line(20_001, "b")
    assert list(following.new([first])) == [first]
    assert following.since(0) == 10_000
    # A late line has an earlier time; equal lines of one moment are two lines.
    late = line(19_000, "late")
    assert list(following.new([late, first, twice, twice])) == [late, twice, twice]
    assert list(following.new([late, first, twice, twice])) == []
    assert list(following.new([])) == []
    assert following.since(0) == 10_001
    assert following.since(15_000) == 15_000


def test_following_prints_what_arrives(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.deploy(*DEPLOYED)
    world.log("orders-on-event", "before")
    arriving = iter(["one", "two"])

    def pause() -> None:
        """What happens between two looks; ctrl-C after the last."""
        text = next(arriving, None)
        if text is None:
            raise KeyboardInterrupt
        world.log("orders-on-event", text)

    asked = logs.arguments(["orders", "--function", "on-event", "--follow"])
    with pytest.raises(KeyboardInterrupt):
        logs.show(asked, world.client, GROUP, pause)
    assert [text.partition(" ")[2] for text in capsys.readouterr().out.splitlines()] == ["before", "one", "two"]

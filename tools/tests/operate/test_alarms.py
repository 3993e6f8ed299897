"""`make alarms`: what it prints, in which order, and its exit code."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.operate import alarms
from tools.operate.alarms import Alarm, alarms_of, changes, follow, listing
from tools.project.problems import Problem

NOW = datetime(2026, 11, 29, 12, 10, tzinfo=UTC)


class CloudWatch:
    """DescribeAlarms of two pages."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self.records = records
        self.asked: dict[str, Any] = {}

    def get_paginator(self, operation: str) -> "CloudWatch":
        assert operation == "describe_alarms"
        return self

    def paginate(self, **asked: Any) -> list[dict[str, Any]]:
        self.asked = asked
        composite = [each for each in self.records if "AlarmRule" in each]
        return [
            {"MetricAlarms": [each for each in self.records if each not in composite]},
            {"CompositeAlarms": composite},
        ]


def record(name: str, state: str = "OK", minute: int = 0, **more: str) -> dict[str, Any]:
    at = datetime(2026, 11, 29, 12, minute, tzinfo=UTC)
    texts = {"AlarmDescription": f"`make logs` about {name}", "StateReason": "too high"}
    return {"AlarmName": f"ecommerce-dev-{name}", "StateValue": state, "StateUpdatedTimestamp": at, **texts, **more}


def test_those_in_alarm_come_first_and_those_that_follow_others_last() -> None:
    cloudwatch = CloudWatch(
        record("quiet"),
        record("whole", "ALARM", 5, AlarmRule="ALARM(old)"),
        record("old", "ALARM", 4),
        record("unknown", "INSUFFICIENT_DATA"),
        record("new", "ALARM", 9),
    )
    found = alarms_of(cloudwatch, "dev")
    names = [each.name.removeprefix("ecommerce-dev-") for each in found]
    assert names == ["new", "old", "whole", "unknown", "quiet"]
    assert cloudwatch.asked["AlarmNamePrefix"] == "ecommerce-dev-"
    lines = listing(found, NOW, whole=True)
    assert lines[:3] == [
        "ALARM               1 min  ecommerce-dev-new",
        "    why: too high",
        "    do:  `make logs` about new",
    ]
    assert lines[-2:] == ["OK                 10 min  ecommerce-dev-quiet", "3 of 5 in ALARM"]


def test_alarms_that_are_ok_are_counted_and_not_listed() -> None:
    found = alarms_of(CloudWatch(record("quiet"), record("calm"), record("new", "ALARM", 9)), "dev")
    assert listing(found, NOW) == [
        "ALARM               1 min  ecommerce-dev-new",
        "    why: too high",
        "    do:  `make logs` about new",
        "1 of 3 in ALARM, 2 OK (ARGS=--all lists those too)",
    ]
    assert listing(found[1:], NOW) == ["none of 2 in ALARM, 2 OK (ARGS=--all lists those too)"]
    assert [line.split()[-1] for line in listing(found[1:], NOW, whole=True)] == [
        "ecommerce-dev-quiet",
        "ecommerce-dev-calm",
        "ALARM",
    ]


def test_an_alarm_without_data_is_listed() -> None:
    lines = listing(alarms_of(CloudWatch(record("unknown", "INSUFFICIENT_DATA")), "dev"), NOW)
    assert lines[0].split()[-1] == "ecommerce-dev-unknown"
    assert lines[-1] == "none of 1 in ALARM"


def test_nothing_deployed_is_a_problem_that_names_the_command() -> None:
    with pytest.raises(Problem, match="dev has no alarms: `ENVIRONMENT=dev make deploy`"):
        alarms_of(CloudWatch(), "dev")


def alarm(name: str, state: str, since: str = "2026-11-29T12:00:00+00:00") -> Alarm:
    return Alarm(name, state, since, "why", "`make logs`", composite=False)


def test_changes_are_those_of_the_state_and_new_alarms_that_are_not_ok() -> None:
    before = [alarm("a", "OK"), alarm("b", "ALARM"), alarm("c", "ALARM")]
    after = [alarm("a", "ALARM"), alarm("b", "OK"), alarm("c", "ALARM"), alarm("d", "OK"), alarm("e", "ALARM")]
    assert [each.name for each in changes(before, after)] == ["a", "b", "e"]


def test_following_prints_each_change_once(capsys: pytest.CaptureFixture[str]) -> None:
    rounds = iter([[alarm("a", "ALARM")], [alarm("a", "ALARM")], [alarm("a", "OK")]])

    def read() -> list[Alarm]:
        try:
            return next(rounds)
        except StopIteration:
            raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        follow([alarm("a", "OK")], read, pause=lambda: None)
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[1:3] for line in printed if line[0].startswith("2026")] == [["ALARM", "a"], ["OK", "a"]]
    assert ["do:", "`make", "logs`"] in printed


def deployed_alarm(monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    class Place:
        def client(self, _service: str) -> CloudWatch:
            return CloudWatch({**record("x", state), "AlarmName": "ecommerce-local-x"})

    monkeypatch.setenv("ENVIRONMENT", "local")
    monkeypatch.setattr(alarms, "target", lambda _environment: Place())


@pytest.mark.parametrize(("option", "is_listed"), [([], False), (["--all"], True)])
def test_the_option_all_lists_those_that_are_ok(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: list[str], is_listed: bool
) -> None:
    deployed_alarm(monkeypatch, "OK")
    assert alarms.main(option) == 0
    assert ("ecommerce-local-x" in capsys.readouterr().out) is is_listed


@pytest.mark.parametrize(("state", "code"), [("ALARM", 1), ("OK", 0)])
def test_the_exit_code_tells_a_script(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], state: str, code: int
) -> None:
    deployed_alarm(monkeypatch, state)
    assert alarms.main(["--json"]) == code
    (shown,) = json.loads(capsys.readouterr().out)
    assert (shown["name"], shown["state"], shown["composite"]) == ("ecommerce-local-x", state, False)

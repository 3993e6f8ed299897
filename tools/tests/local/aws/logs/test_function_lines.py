"""Which lines of an invocation Lambda keeps, by the function's LoggingConfig."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tools.local.aws.logs.function_lines import Format, Invocation, level_of

NOON = datetime(2026, 11, 28, 12, 0, 0, 7000, UTC)
DONE = Invocation("request-1", "3", 12, 256)
AT = "2026-11-28T12:00:00.000+00:00"


def line(level: str, at: str = AT) -> str:
    return json.dumps({"level": level, "timestamp": at, "message": "noted"})


def form(application: str = "INFO", system: str = "WARN") -> Format:
    levels = {"ApplicationLogLevel": application, "SystemLogLevel": system}
    return Format.of({"LoggingConfig": {"LogFormat": "JSON", **levels}})


def types(lines: list[str]) -> list[str]:
    return [json.loads(one)["type"] for one in lines]


def test_text_is_framed_and_never_filtered() -> None:
    plain = Format.of({"LoggingConfig": {"LogFormat": "Text"}})
    assert plain == Format.of({})
    kept = plain.kept(f"{line('DEBUG')}\nprinted\n")
    assert kept == [line("DEBUG"), "printed"]
    framed = plain.framed(kept, DONE, NOON)
    assert framed[0] == "START RequestId: request-1 Version: 3"
    assert framed[-1].startswith("REPORT RequestId: request-1\tDuration: 12 ms\tBilled Duration: 12 ms")


def test_a_function_that_succeeds_writes_nothing_of_lambda_s_own_at_warn() -> None:
    assert form().framed([], DONE, NOON) == []
    assert form().framed(["printed"], DONE, NOON) == ["printed"]


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("WARN", []),
        ("INFO", ["platform.start", "platform.report"]),
        ("DEBUG", ["platform.start", "platform.runtimeDone", "platform.report"]),
    ],
)
def test_the_system_level_selects_records_of_an_invocation(system: str, expected: list[str]) -> None:
    assert types(form(system=system).framed([], DONE, NOON)) == expected


@pytest.mark.parametrize(
    ("error_type", "status"),
    [("ValueError", "error"), ("Sandbox.Timedout", "timeout"), ("Runtime.ExitError", "failure")],
)
def test_a_failure_is_reported_at_warn(error_type: str, status: str) -> None:
    done, report = form().framed([], Invocation("request-1", "3", 12, 256, error_type), NOON)
    assert types([done, report]) == ["platform.runtimeDone", "platform.report"]
    assert json.loads(report) == {
        "time": "2026-11-28T12:00:00.007Z",
        "type": "platform.report",
        "record": {
            "requestId": "request-1",
            "status": status,
            "errorType": error_type,
            "metrics": {"durationMs": 12, "billedDurationMs": 12, "memorySizeMB": 256, "maxMemoryUsedMB": 256},
        },
    }


def test_the_application_level_selects_lines_of_the_function() -> None:
    lines = [line(level) for level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")]
    assert form("WARN").kept("\n".join(lines)) == lines[2:]
    assert form("INFO").kept("\n".join(lines)) == lines[1:]
    assert form("FATAL").kept("\n".join(lines)) == lines[4:]


METRICS = json.dumps({"_aws": {"CloudWatchMetrics": []}, "Stale": [1.0]})


@pytest.mark.parametrize(
    ("text", "level"),
    [
        (METRICS, "INFO"),
        ("printed", "INFO"),
        ("{broken", "INFO"),
        ("[" * 100_000, "INFO"),
        ('{"level": ' * 100_000, "INFO"),
        (line("loud"), "INFO"),
        (line("ERROR"), "ERROR"),
        (line("debug", "2026-11-28T12:00:00Z"), "DEBUG"),
        (line("ERROR", "2026-11-28 12:00:00,000+0000"), "INFO"),
        (line("ERROR", "2026-11-28T12:00:00"), "INFO"),
        (json.dumps({"level": "ERROR"}), "INFO"),
        (json.dumps({"log_level": "ERROR", "timestamp": AT}), "INFO"),
    ],
)
def test_a_line_without_a_valid_level_and_time_is_info(text: str, level: str) -> None:
    assert level_of(text) == level


def test_metrics_are_lost_above_info() -> None:
    assert form("INFO").kept(METRICS) == [METRICS]
    assert form("WARN").kept(METRICS) == []


def test_a_line_separator_inside_a_record_does_not_end_the_line() -> None:
    record: Any = json.dumps({"message": "a\u2028b"}, ensure_ascii=False)
    assert form().kept(record + "\n") == [record]

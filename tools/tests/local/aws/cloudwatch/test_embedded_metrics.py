"""Metrics in logs, as Powertools writes them and as CloudWatch reads them."""

import json
from typing import Any

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from tools.local.aws.cloudwatch.embedded_metrics import METRICS_PER_DIRECTIVE, metrics_in
from tools.local.aws.cloudwatch.metrics import DAY

NOW = 1_800_000_000.0


def document(values: dict[str, Any], *directives: dict[str, Any], at: float = NOW) -> str:
    return json.dumps({"_aws": {"Timestamp": int(at * 1000), "CloudWatchMetrics": list(directives)}, **values})


def directive(*names: str, dimensions: list[Any] | None = None) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": "Count"} for name in names]
    return {"Namespace": "Shop", "Dimensions": [["service"]] if dimensions is None else dimensions, "Metrics": metrics}


def test_metrics_of_powertools_are_read(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "orders")
    recorder = Metrics(namespace="Ecommerce")
    recorder.add_metric(name="Stale", unit=MetricUnit.Count, value=2)
    recorder.flush_metrics()
    line = capsys.readouterr().out.strip()
    at = json.loads(line)["_aws"]["Timestamp"] / 1000
    (one,) = metrics_in(line, at)
    assert (one.namespace, one.name, dict(one.dimensions), one.unit) == (
        "Ecommerce",
        "Stale",
        {"service": "orders"},
        "Count",
    )
    assert (one.values.count, one.values.total, one.at) == (1, 2, at)


def test_lists_sets_of_dimensions_and_directives() -> None:
    line = document(
        {"service": "s", "route": "r", "Time": [1, 2, 3], "Done": 1},
        directive("Time", dimensions=[["service"], ["service", "route"], []]),
        directive("Done"),
    )
    found = metrics_in(line, NOW)
    assert [(one.name, dict(one.dimensions)) for one in found] == [
        ("Time", {"service": "s"}),
        ("Time", {"service": "s", "route": "r"}),
        ("Time", {}),
        ("Done", {"service": "s"}),
    ]
    assert (found[0].values.count, found[0].values.total) == (3, 6)
    found[0].values.add(found[0].values)
    assert found[1].values.count == 3, "each set of dimensions has its own values"


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: 1",
        'text with "CloudWatchMetrics" in it',
        '{"CloudWatchMetrics": []}',
        '["CloudWatchMetrics"]',
        '{"_aws": {"CloudWatchMetrics": []}}',
        document({"Time": "slow", "service": "s"}, directive("Time")),
        document({"Time": True, "service": "s"}, directive("Time")),
        document({"Time": 1}, directive("Time")),
        document({"service": "s"}, directive("Time")),
        document({"Time": 1, "service": "s"}, {"Metrics": [{"Name": "Time"}]}),
        document({"Time": 1, "service": "s"}, directive("Time"), at=NOW - 15 * DAY),
        document({"Time": 1, "service": "s"}, directive("Time"), at=NOW + DAY),
    ],
)
def test_other_lines_have_no_metrics(line: str) -> None:
    assert metrics_in(line, NOW) == []


VALUES = {"Time": 1, "Odd": 1, "service": "s"}


@pytest.mark.parametrize(
    "odd",
    [
        {"Namespace": "Shop", "Metrics": [7, None, "Time", {}, {"Name": None}, {"Name": ["Odd"]}, {"Name": {}}]},
        {"Namespace": "Shop", "Metrics": {"Name": "Odd"}},
        {"Namespace": "Shop", "Metrics": 7},
        {"Namespace": ["Shop"], "Metrics": [{"Name": "Odd"}]},
        directive("Odd", dimensions=["service"]),
        directive("Odd", dimensions=[[["service"]]]),
        directive("Odd", dimensions=[7, None]),
        {"Namespace": "Shop", "Dimensions": 7, "Metrics": [{"Name": "Odd"}]},
        7,
        None,
        [],
    ],
)
def test_a_directive_of_another_shape_is_ignored_and_the_others_count(odd: Any) -> None:
    found = metrics_in(document(VALUES, odd, directive("Time")), NOW)
    assert [one.name for one in found] == ["Time"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "1" + "0" * 400, "[1, Infinity]"])
def test_numbers_that_overflow(number: str) -> None:
    line = document({"Time": "number", "service": "s"}, directive("Time")).replace('"number"', number)
    assert metrics_in(line, NOW) == []
    late = document({"Time": 1, "service": "s"}, directive("Time")).replace(str(int(NOW * 1000)), number)
    assert metrics_in(late, NOW) == []


def test_a_line_that_is_nested_too_deeply() -> None:
    assert metrics_in('{"CloudWatchMetrics": ' + "[" * 100_000, NOW) == []


def test_no_more_metrics_than_cloudwatch_takes() -> None:
    names = [f"m{number}" for number in range(METRICS_PER_DIRECTIVE + 5)]
    line = document({**dict.fromkeys(names, 1), "service": "s"}, directive(*names))
    assert len(metrics_in(line, NOW)) == METRICS_PER_DIRECTIVE

"""Expressions over metrics, and alarms on them: without a cloud, and in a running one."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.aws.cloudwatch.alarm import ALARM, OK, Alarm, Refused, parse
from tools.local.aws.cloudwatch.evaluation import evaluate_alarm, periods_of
from tools.local.aws.cloudwatch.messages import notification, reason, reason_data
from tools.local.aws.cloudwatch.metric_math import Unsupported
from tools.local.aws.cloudwatch.metric_math import parse as parse_expression
from tools.local.aws.cloudwatch.metrics import Metric, MetricStore, Summary
from tools.local.client import Cloud
from tools.tests.local.aws.cloudwatch.test_cloud_alarms import described, wait_for_state
from tools.tests.local.stacks import deployed

KNOWN = {"m1": {0: 6.0, 60: 4.0}, "m2": {0: 2.0, 60: 0.0, 120: 5.0}}
PERIODS = (0, 60, 120)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("m1 + m2", {0: 8.0, 60: 4.0}),  # 120: m1 has no data
        ("m1/m2", {0: 3.0}),  # 60: division by zero
        ("m1 - 1 * 2", {0: 4.0, 60: 2.0}),
        ("(m1 - 1) * 2", {0: 10.0, 60: 6.0}),
        ("-m1", {0: -6.0, 60: -4.0}),
        ("8 - 2 - 1", 5.0),
        ("m1 > 5", {0: 1.0, 60: 0.0}),
        ("m1 > 3 AND m2 > 0", {0: 1.0, 60: 0.0}),
        ("m1 > 5 OR m2 == 0", {0: 1.0, 60: 1.0}),
        ("m1 > 5 && m2 != 0 || m2 <= 0", {0: 1.0, 60: 1.0}),
        ("FILL(m1, 0)", {0: 6.0, 60: 4.0, 120: 0.0}),
        ("FILL(m1, 0) + m2", {0: 8.0, 60: 4.0, 120: 5.0}),
        ("IF(m2 > 0, m2, 100)", {0: 2.0, 60: 100.0, 120: 5.0}),
        ("IF(m2 > 1, 1, m1)", {0: 1.0, 60: 4.0, 120: 1.0}),
        ("IF(1 > 2, m1, m2)", {0: 2.0, 60: 0.0, 120: 5.0}),
        ("SUM([m1, m2])", {0: 8.0, 60: 4.0, 120: 5.0}),
    ],
)
def test_values(text: str, value: Any) -> None:
    assert parse_expression(text).value(KNOWN, PERIODS) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("RATE(m1)", "RATE is not served"),
        ("METRICS()", "METRICS is not served"),
        ("m1 ^ 2", r"\^ is not served"),
        ("FILL(m1, REPEAT)", "FILL with REPEAT is not served"),
        ("FILL(1, 2)", "FILL needs a time series"),
        ("SUM(m1)", "SUM of one time series is not served"),
        ("IF(m1 > 2, m1)", "IF without a value for false"),
        ("m1 +", "a value is missing before the end"),
        ("(m1", r"\) is missing before the end"),
        ("m1 m2", "m2 is not served there"),
        ('SEARCH("x")', '" is not served'),
    ],
)
def test_what_is_not_served_is_named(text: str, said: str) -> None:
    with pytest.raises(Unsupported, match=said):
        parse_expression(text)


def stat(name: str, metric: str, statistic: str = "Sum", period: int = 60) -> dict[str, Any]:
    about = {"Namespace": "N", "MetricName": metric, "Dimensions": [{"Name": "d", "Value": "1"}]}
    return {"Id": name, "MetricStat": {"Metric": about, "Period": period, "Stat": statistic}, "ReturnData": False}


def expression(name: str, text: str, returned: bool = True) -> dict[str, Any]:
    return {"Id": name, "Expression": text, "ReturnData": returned}


PERCENT = [
    stat("failed", "Failed"),
    stat("all", "All"),
    expression("percent", "IF(counted >= 2, 100 * counted / all, 0)"),
    expression("counted", "FILL(failed, 0)", returned=False),
]


def record(metrics: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    return {
        "AlarmName": "a",
        "AlarmArn": "arn:aws:cloudwatch:us-east-1:1:alarm:a",
        "Metrics": metrics,
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        **options,
    }


def state_of(alarm: Alarm, counts: list[tuple[float, int, int]], now: float) -> str:
    """The state after (time, failed, all) were counted."""
    store, place = MetricStore(), ("1", "r")
    for at, failed, every in counts:
        for name, value in {"Failed": failed, "All": every}.items():
            if value:
                store.put(Metric.of(place, "N", name, {"d": "1"}), Summary.single(value), at, now)

    def read(namespace: str, name: str, dimensions: Any, unit: Any, begin: float, end: float) -> dict[int, Summary]:
        return store.periods(Metric.of(place, namespace, name, dimensions), alarm.period, begin, end, unit)

    verdict = evaluate_alarm(alarm, periods_of(alarm, read, now), now, OK)
    assert reason(alarm, verdict)
    assert "statistic" not in reason_data(alarm, verdict, now)
    return verdict.state


@pytest.mark.parametrize(
    ("counts", "state"),
    [
        ([], OK),
        ([(6000, 0, 50)], OK),
        ([(6000, 1, 1)], OK),  # one failure alone
        ([(6000, 2, 100)], OK),  # two per cent
        ([(6000, 20, 100)], ALARM),
        ([(6060, 20, 100)], ALARM),  # in the running period
    ],
)
def test_an_alarm_on_an_expression(counts: list[tuple[float, int, int]], state: str) -> None:
    assert state_of(parse(record(PERCENT)), counts, now=6070) == state


def test_a_running_period_below_the_threshold_does_not_count_yet() -> None:
    alarm = parse(record([stat("all", "All"), expression("e", "FILL(all, 0)")], ComparisonOperator="LessThanThreshold"))
    assert state_of(alarm, [(start, 0, 50) for start in (5760, 5820, 5880, 5940, 6000)], now=6070) == OK


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ([stat("m", "M"), expression("e", "m / other")], "refers to other, which Metrics does not define"),
        ([stat("m", "M"), expression("a", "b + m"), expression("b", "a + m", returned=False)], "refer to each other"),
        ([stat("m", "M"), stat("m", "M"), expression("e", "m")], "used twice"),
        ([stat("m", "M"), expression("e", "m", returned=False)], "exactly one"),
        ([stat("m", "M"), stat("n", "M", period=300), expression("e", "m")], "different Periods"),
        ([stat("m", "M"), expression("e", "1 + 1")], "is a number"),
        ([stat("m", "M", statistic="tm90"), expression("e", "m")], "tm90 is not served"),
        ([expression("e", "1")], "between 1 and 10"),
        ([stat("M", "M"), expression("e", "m")], "lower-case"),
    ],
)
def test_refused_metrics(metrics: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(Refused, match=said):
        parse(record(metrics))


def test_a_metric_beside_the_expression_is_refused() -> None:
    with pytest.raises(Refused, match="MetricName cannot be given with Metrics"):
        parse(record(PERCENT, MetricName="M"))


def test_the_message_to_topics_has_the_metrics() -> None:
    _, message = notification({**record(PERCENT), "StateValue": ALARM}, OK, 0)
    assert '"Expression":"FILL(failed, 0)"' in message
    assert '"Dimensions":[{"value":"1","name":"d"}]' in message


def put_alarm(cloud: Cloud, metrics: list[dict[str, Any]], **options: Any) -> str:
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    wanted = {key: value for key, value in record(metrics, **options).items() if key != "AlarmArn"}
    cloud.client("cloudwatch").put_metric_alarm(**{**wanted, "AlarmName": name})
    return name


def put_values(cloud: Cloud, **values: float) -> None:
    data = [
        {"MetricName": name, "Dimensions": [{"Name": "d", "Value": "1"}], "Value": value}
        for name, value in values.items()
    ]
    cloud.client("cloudwatch").put_metric_data(Namespace="N", MetricData=data)


def test_a_cloud_evaluates_an_alarm_on_an_expression(cloud: Cloud) -> None:
    name = put_alarm(cloud, PERCENT)
    seen = wait_for_state(cloud, name, OK)
    assert [entry["Id"] for entry in seen["Metrics"]] == ["failed", "all", "percent", "counted"]
    assert "MetricName" not in seen
    put_values(cloud, Failed=20, All=100)
    assert "greater than the threshold (5.0)" in wait_for_state(cloud, name, ALARM)["StateReason"]


def test_a_cloud_refuses_what_it_does_not_serve(cloud: Cloud) -> None:
    with pytest.raises(ClientError, match="RATE is not served"):
        put_alarm(cloud, [stat("m", "M"), expression("e", "RATE(m)")])
    with pytest.raises(ClientError, match="Statistic cannot be given with Metrics"):
        put_alarm(cloud, PERCENT, Statistic="Sum")


def test_a_template_has_an_alarm_on_an_expression(cloud: Cloud) -> None:
    body = Path(__file__).parents[2].joinpath("templates", "expression-alarm.yaml").read_text(encoding="utf-8")
    with deployed(cloud, "expression-alarm", body) as stack:
        name = stack.physical_id("Alarm")
        assert described(cloud, name)["Metrics"][0]["MetricStat"]["Period"] == 60
        assert wait_for_state(cloud, name, OK)["Threshold"] == 5
        assert stack.deploy(body, Percent="7") == "UPDATE_COMPLETE"
        assert described(cloud, name)["Threshold"] == 7

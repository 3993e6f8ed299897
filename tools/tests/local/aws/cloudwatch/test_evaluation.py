"""Alarms in virtual time: the tables of CloudWatch's documentation, and the time of each state change."""

from typing import Any

import pytest

from tools.local.aws.cloudwatch.alarm import ALARM, INSUFFICIENT_DATA, OK, Alarm, Refused, parse
from tools.local.aws.cloudwatch.evaluation import Verdict, evaluate_alarm
from tools.local.aws.cloudwatch.messages import reason
from tools.local.aws.cloudwatch.metrics import Metric, MetricStore, Summary

NOW = 1_800_000_000.0  # a full hour
KEPT = "as before"
METRIC = Metric(("000000000000", "us-east-1"), "N", "m")


def alarm(**options: Any) -> Alarm:
    record = {"AlarmName": "a", "Namespace": "N", "MetricName": "m", "Threshold": 1, "Statistic": "Sum",
              "ComparisonOperator": "GreaterThanOrEqualToThreshold", **options}  # fmt: skip
    return parse(record)


def drawn(points: str, period: int = 60) -> dict[int, Summary]:
    """Periods before NOW as the documentation draws them: `0` is good, `X` breaches, `-` is missing."""
    signs = points.split()
    begin = int(NOW) - len(signs) * period
    return {
        begin + index * period: Summary.single(5.0 if sign == "X" else 0.0)
        for index, sign in enumerate(signs)
        if sign != "-"
    }


# "Configuring how CloudWatch alarms treat missing data": points, then the state for missing, ignore, breaching and
# notBreaching. Five periods are looked at.
THREE_OF_THREE = [
    ("0 - X - X", OK, OK, OK, OK),
    ("0 - - - -", OK, OK, OK, OK),
    ("- - - - 0", OK, OK, OK, OK),
    ("- - - - -", INSUFFICIENT_DATA, KEPT, ALARM, OK),
    ("0 X X - X", ALARM, ALARM, ALARM, ALARM),
    ("- - - - X", INSUFFICIENT_DATA, KEPT, ALARM, OK),
    ("X - - - -", ALARM, KEPT, ALARM, OK),
    ("- - X - -", ALARM, KEPT, ALARM, OK),
]
TWO_OF_THREE = [
    ("0 - X - X", ALARM, ALARM, ALARM, ALARM),
    ("0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
    ("0 - X - -", OK, OK, ALARM, OK),
    ("- - - - 0", OK, OK, ALARM, OK),
    ("- - - - X", INSUFFICIENT_DATA, KEPT, ALARM, OK),
    ("- - - X -", ALARM, KEPT, ALARM, OK),
]
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize("treatment", TREATMENTS)
@pytest.mark.parametrize(("needed", "row"), [(3, row) for row in THREE_OF_THREE] + [(2, row) for row in TWO_OF_THREE])
def test_missing_data_is_treated_as_documented(needed: int, row: tuple[str, ...], treatment: str) -> None:
    points, expected = row[0], row[1 + TREATMENTS.index(treatment)]
    given = alarm(EvaluationPeriods=3, DatapointsToAlarm=needed, TreatMissingData=treatment)
    assert evaluate_alarm(given, drawn(points), NOW, KEPT).state == expected


def verdict(given: Alarm, put: dict[float, float], now: float, state: str = OK) -> Verdict:
    """The state when these values were put at these times."""
    store = MetricStore()
    for at, value in put.items():
        store.put(METRIC, Summary.single(value), at, at)
    return evaluate_alarm(given, store.periods(METRIC, given.period, 0, now + 1), now, state)


def test_a_final_breach_counts_at_once() -> None:
    begin = NOW + 10
    for statistic in ("Sum", "Maximum", "SampleCount"):
        assert verdict(alarm(Statistic=statistic, TreatMissingData="notBreaching"), {begin: 1.0}, begin).state == ALARM
    low = alarm(Statistic="Minimum", ComparisonOperator="LessThanThreshold")
    assert verdict(low, {begin: 0.0}, begin).state == ALARM


@pytest.mark.parametrize(
    ("statistic", "comparison", "value"),
    [
        ("Average", "GreaterThanOrEqualToThreshold", 9.0),
        ("p90", "GreaterThanOrEqualToThreshold", 9.0),
        ("Minimum", "GreaterThanOrEqualToThreshold", 9.0),
        ("Sum", "LessThanThreshold", 0.0),
        ("SampleCount", "LessThanOrEqualToThreshold", 0.0),
    ],
)
def test_a_breach_that_may_be_undone_waits_for_the_periods_end(statistic: str, comparison: str, value: float) -> None:
    given = alarm(Statistic=statistic, ComparisonOperator=comparison, TreatMissingData="ignore")
    put = {NOW + 1: value}
    assert verdict(given, put, NOW + 59).state == OK
    assert verdict(given, put, NOW + 60).state == ALARM


def test_negative_values_may_undo_a_breach_of_a_sum() -> None:
    put = {NOW + 1: 5.0, NOW + 2: -1.0}
    assert verdict(alarm(TreatMissingData="ignore"), put, NOW + 3).state == OK
    assert verdict(alarm(TreatMissingData="ignore"), put, NOW + 60).state == ALARM


def test_an_alarm_ends_after_a_complete_good_period() -> None:
    given = alarm(Statistic="Maximum", TreatMissingData="notBreaching")
    put: dict[float, float] = {NOW + second: 3.0 for second in range(0, 65, 5)}
    put |= {NOW + second: 0.0 for second in range(65, 181, 5)}
    states = [verdict(given, {at: value for at, value in put.items() if at <= now}, now).state
              for now in (NOW + 60, NOW + 119, NOW + 121, NOW + 181)]  # fmt: skip
    assert states == [ALARM, ALARM, ALARM, OK]


def test_a_metric_without_data_ages_out() -> None:
    """As on AWS, the last present periods are evaluated again for some time."""
    given, put = alarm(TreatMissingData="notBreaching"), {NOW + 1: 1.0}
    states = [verdict(given, put, NOW + 60 * minute).state for minute in (1, 2, 3, 4, 5)]
    assert states == [ALARM, ALARM, ALARM, OK, OK]


# Every form in our templates: a breach, then no data, as for `Errors` or a counted refusal without calls.
@pytest.mark.parametrize(("period", "periods"), [(60, 1), (300, 1), (3600, 1), (3600, 3)])
def test_after_a_breach_without_further_data_the_alarm_ends_when_the_range_is_over(period: int, periods: int) -> None:
    """CloudWatch looks two periods further back than it evaluates, so one bad period counts for three."""
    given = alarm(Period=period, EvaluationPeriods=periods, TreatMissingData="notBreaching")
    put = {NOW + index * period + 1: 1.0 for index in range(periods)}
    last = NOW + (periods - 1) * period
    # The last of the needed bad periods is the first to leave the range.
    well = NOW + (periods + 3) * period
    assert verdict(given, put, last + 2).state == ALARM
    assert verdict(given, put, well - 1).state == ALARM
    assert verdict(given, put, well).state == OK
    assert verdict(given, put, well + period).state == OK


def test_a_metric_of_zero_ends_the_alarm_after_a_period_and_missing_data_does_not() -> None:
    """A queue is measured continuously. A function without calls has no data."""
    given, quiet = alarm(Statistic="Maximum", TreatMissingData="notBreaching"), 150
    breach = {NOW + 1: 1.0}
    measured = breach | {NOW + second: 0.0 for second in range(6, quiet, 5)}
    assert verdict(given, measured, NOW + quiet).state == OK
    assert verdict(given, breach, NOW + quiet).state == ALARM


def minutes(samples: int, count: int = 3) -> dict[int, Summary]:
    """The last minutes before NOW, each with this number of breaching values."""
    return {int(NOW) - 60 * minute: Summary.single(5.0, samples) for minute in range(1, count + 1)}


# "Percentile-based alarms and low data samples": 10 / (1 - p), and 10 / p below p50, during the evaluation period.
@pytest.mark.parametrize(
    ("percentile", "needed"), [("p99", 1000), ("p90", 100), ("p50", 20), ("p10", 100), ("p99.9", 10000)]
)
def test_a_percentile_that_ignores_few_samples_keeps_the_state_below_the_count(percentile: str, needed: int) -> None:
    given = alarm(ExtendedStatistic=percentile, EvaluationPeriods=4, EvaluateLowSampleCountPercentile="ignore")
    assert evaluate_alarm(given, minutes(needed // 4 - 1, 4), NOW, KEPT).state == KEPT
    assert evaluate_alarm(given, minutes(needed // 4, 4), NOW, KEPT).state == ALARM


@pytest.mark.parametrize("options", [{"ExtendedStatistic": "p99"}, {"Statistic": "Maximum"}])
def test_few_samples_count_where_they_are_not_ignored(options: dict[str, str]) -> None:
    """`evaluate` is the default, and the setting is for percentiles only."""
    assert evaluate_alarm(alarm(EvaluationPeriods=3, **options), minutes(1), NOW, KEPT).state == ALARM
    ignored = alarm(EvaluationPeriods=3, EvaluateLowSampleCountPercentile="ignore", **options)
    expected = KEPT if "ExtendedStatistic" in options else ALARM
    assert evaluate_alarm(ignored, minutes(1), NOW, KEPT).state == expected


def test_without_any_sample_the_treatment_of_missing_data_decides() -> None:
    given = alarm(ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore", TreatMissingData="notBreaching")
    assert evaluate_alarm(given, {}, NOW, ALARM).state == OK


def test_only_the_latest_periods_count() -> None:
    given = alarm(EvaluationPeriods=5, DatapointsToAlarm=2, Period=300)
    assert evaluate_alarm(given, drawn("X X 0 0 0 0 0", 300), NOW, OK).state == OK
    assert evaluate_alarm(given, drawn("0 0 X 0 0 X 0", 300), NOW, OK).state == ALARM


@pytest.mark.parametrize(
    ("comparison", "value", "breaches"),
    [
        ("GreaterThanThreshold", 1.0, False),
        ("GreaterThanThreshold", 1.5, True),
        ("GreaterThanOrEqualToThreshold", 1.0, True),
        ("LessThanThreshold", 1.0, False),
        ("LessThanThreshold", 0.5, True),
        ("LessThanOrEqualToThreshold", 1.0, True),
        ("LessThanOrEqualToThreshold", 1.5, False),
    ],
)
def test_comparisons(comparison: str, value: float, breaches: bool) -> None:
    assert alarm(ComparisonOperator=comparison).breaches(value) is breaches


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"MetricName": None}, "give MetricName and Namespace, or Metrics"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly detection"),
        ({"Period": 10}, "a Period of 10 s is not served here"),
        ({"Period": 90}, "use a multiple of 60"),
        ({"EvaluationPeriods": 2, "DatapointsToAlarm": 3}, "DatapointsToAlarm 3 is not between 1 and"),
        ({"EvaluationPeriods": 25 * 60}, "over 1 day"),
        ({"Period": 3600, "EvaluationPeriods": 200}, "over 7 day"),
        ({"ExtendedStatistic": "tm90"}, "the statistic tm90 is not served here"),
        ({"TreatMissingData": "bad"}, "TreatMissingData bad is not one of"),
        ({"EvaluateLowSampleCountPercentile": "bad"}, "bad is not evaluate or ignore"),
    ],
)
def test_unsupported_targets_are_refused_in_one_line(options: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match="alarm a: ") as refused:
        alarm(**options)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_reasons_are_cloudwatchs() -> None:
    given = alarm(TreatMissingData="notBreaching")
    day = "15/01/27 07:59:00"
    assert reason(given, evaluate_alarm(given, drawn("X"), NOW, OK)) == (
        f"Threshold Crossed: 1 out of the last 1 datapoints [5.0 ({day})] was greater than or equal to the threshold "
        "(1.0) (minimum 1 datapoint for OK -> ALARM transition)."
    )
    assert reason(given, evaluate_alarm(given, drawn("0"), NOW, OK)) == (
        f"Threshold Crossed: 1 out of the last 1 datapoints [0.0 ({day})] was not greater than or equal to the "
        "threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)."
    )
    assert reason(given, evaluate_alarm(given, {}, NOW, OK)) == (
        "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
        "[NonBreaching]."
    )
    unknown = alarm(EvaluationPeriods=3)
    assert reason(unknown, evaluate_alarm(unknown, {}, NOW, OK)) == "Insufficient Data: 3 datapoints were unknown."

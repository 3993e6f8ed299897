"""Alarms of a running cloud on percentiles of few samples."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tools.local.client import Cloud
from tools.tests.local.aws.cloudwatch.test_cloud_alarms import described, make_alarm
from tools.tests.local.stacks import deployed

TEMPLATE = """
Parameters: { Metric: { Type: String } }
Resources:
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: Shop
      MetricName: !Ref Metric
      ExtendedStatistic: p99
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      EvaluateLowSampleCountPercentile: ignore
Outputs:
  Name: { Value: !Ref Alarm }
"""


@pytest.fixture
def metric(cloud: Cloud) -> str:
    """A metric with one breaching value, in the minute before this one."""
    name = f"slow-{uuid.uuid4().hex[:8]}"
    at = datetime.now(UTC) - timedelta(minutes=1)
    cloud.client("cloudwatch").put_metric_data(
        Namespace="Shop", MetricData=[{"MetricName": name, "Value": 5.0, "Timestamp": at}]
    )
    return name


@pytest.mark.parametrize(("treatment", "state"), [("evaluate", "ALARM"), ("ignore", "INSUFFICIENT_DATA")])
def test_a_request_says_whether_few_samples_count(cloud: Cloud, metric: str, treatment: str, state: str) -> None:
    name = make_alarm(
        cloud, "Shop", metric, {}, ExtendedStatistic="p99", EvaluateLowSampleCountPercentile=treatment
    )  # it is evaluated before the request is answered
    assert described(cloud, name)["StateValue"] == state


@pytest.mark.parametrize(("treatment", "state"), [("evaluate", "ALARM"), ("ignore", "INSUFFICIENT_DATA")])
def test_a_template_says_whether_few_samples_count(cloud: Cloud, metric: str, treatment: str, state: str) -> None:
    body = TEMPLATE.replace("ignore", treatment)
    with deployed(cloud, f"samples-{uuid.uuid4().hex[:8]}", body, Metric=metric) as stack:
        assert described(cloud, stack.outputs()["Name"])["StateValue"] == state

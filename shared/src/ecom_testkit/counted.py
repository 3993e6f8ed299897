"""Metrics that tests count up, and their alarms. CloudWatch deletes no values: an opposite value makes the sum 0."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from ecom_client.platform import Platform
from ecom_client.polling import poll

NAMESPACE = "Ecommerce"


@contextmanager
def counted_and_taken_back(platform: Platform, metric: str, service: str, began: datetime) -> Iterator[None]:
    """Run the block. Then wait until the metric has a count since `began`, and take one back in the same minute."""
    cloudwatch = platform.client("cloudwatch")
    dimensions = {"environment": platform.environment, "service": service}
    named: dict[str, Any] = {
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    start = began.replace(second=0, microsecond=0)

    def counted() -> list[Any]:
        end = datetime.now(UTC) + timedelta(minutes=1)
        points: list[dict[str, Any]] = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE, **named, StartTime=start, EndTime=end, Period=60, Statistics=["Sum"]
        )["Datapoints"]
        return [point["Timestamp"] for point in points if point["Sum"] >= 1]

    try:
        yield
    finally:
        # On AWS a metric comes from a line of a log, after a minute or two.
        minute, *_ = poll(counted, seconds=30 if platform.endpoint else 300, what=f"a count of {metric}")
        opposite = {**named, "Timestamp": minute, "Value": -1.0, "Unit": "Count"}
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=[opposite])

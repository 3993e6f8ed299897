"""What a running cloud has measured."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tools.local.client import Cloud


def measured(cloud: Cloud, namespace: str, metric: str, statistic: str, **dimensions: str) -> list[float]:
    """The values of the last minutes for exactly these dimensions, the oldest first."""
    now = datetime.now(UTC)
    about: dict[str, Any] = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    query = {"Id": "m", "MetricStat": {"Metric": about, "Period": 60, "Stat": statistic}}
    answer = cloud.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query], StartTime=now - timedelta(minutes=10), EndTime=now + timedelta(minutes=1)
    )
    return [float(value) for value in answer["MetricDataResults"][0]["Values"]]

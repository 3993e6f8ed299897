"""A line of a function's log that CloudWatch reads as metrics: its embedded metric format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
Written without Powertools, whose import would lengthen every cold start.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

NAMESPACE = "Ecommerce"
MAX_VALUES = 100  # of one metric in one line

Unit = Literal["Count", "Seconds", "None"]


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    values: Sequence[int]
    unit: Unit = "Count"


def write(metrics: Sequence[Metric], dimensions: Mapping[str, str], at: float, also_by: Sequence[str] = ()) -> None:
    """Write the metrics to the log at once. `at` is when what they count happened, in seconds since 1970. `also_by` are
    those of the dimensions by which the metrics are counted once more."""
    sys.stdout.write(line(metrics, dimensions, at, also_by) + "\n")
    sys.stdout.flush()


def line(metrics: Sequence[Metric], dimensions: Mapping[str, str], at: float, also_by: Sequence[str] = ()) -> str:
    directive = {
        "Namespace": NAMESPACE,
        "Dimensions": [*([list(also_by)] if also_by else []), list(dimensions)],
        "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in metrics],
    }
    about = {"Timestamp": int(at * 1000), "CloudWatchMetrics": [directive]}
    values = {metric.name: _shortest(metric.values) for metric in metrics}
    return json.dumps({"_aws": about, **dimensions, **values}, separators=(",", ":"))


def _shortest(values: Sequence[int]) -> Any:
    return values[0] if len(values) == 1 else list(values)

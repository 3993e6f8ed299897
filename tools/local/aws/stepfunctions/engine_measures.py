"""The metrics of executions.

Step Functions Developer Guide: *Monitoring Step Functions metrics using Amazon CloudWatch*. Those of functions and
activities, and those of throttling, are missing here.
"""

from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.cloudwatch.metrics import Metric, MetricStore
from tools.local.aws.json_api import Document

NAMESPACE = "AWS/States"
METRICS = {
    "RUNNING": "ExecutionsStarted",
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def measure(execution: Document, now: float, store: MetricStore = engine_metrics.store) -> None:
    """Count an execution that has got its present status, and at its end the time that it took."""
    machine: str = execution["machine"]
    region, account = machine.split(":")[3:5]

    def count(name: str, value: float, unit: str) -> None:
        dimensions = {"StateMachineArn": machine}
        store.count(Metric.of((account, region), NAMESPACE, name, dimensions), value, now, unit)

    count(METRICS[execution["status"]], 1.0, "Count")
    if execution["stopped"] is not None:
        count("ExecutionTime", round((execution["stopped"] - execution["started"]) * 1000), "Milliseconds")

"""The metrics of GraphQL requests: AppSync Developer Guide, *Using CloudWatch to monitor and log GraphQL API data*.

4XXError, 5XXError and Latency, by API. A field whose function fails is data of an answer 200, and no 5XXError.
"""

from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.cloudwatch.metrics import Metric
from tools.local.engine.patching import service

NAMESPACE = "AWS/AppSync"


def measure(api_id: str, status: int, seconds: float) -> None:
    """Count one request and its answer. A request to an API that does not exist is not measured."""
    apis = service("appsync")._apis.all_items()
    place = next(((account, region) for (account, region, known), _ in apis if known == api_id), None)
    if place is None:
        return
    now = engine_metrics.clock()
    values = (
        ("4XXError", float(400 <= status < 500), "Count"),
        ("5XXError", float(status >= 500), "Count"),
        ("Latency", round(seconds * 1000, 2), "Milliseconds"),
    )
    for name, value, unit in values:
        metric = Metric.of(place, NAMESPACE, name, {"GraphQLAPIId": api_id})
        engine_metrics.store.count(metric, value, now, unit)

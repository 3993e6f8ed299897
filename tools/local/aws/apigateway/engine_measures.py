"""The metrics of REST requests: API Gateway Developer Guide, *Amazon API Gateway dimensions and metrics*.

Count, 4XXError, 5XXError and Latency, by API and by API and stage. Each request has one value of each, so that the
average of 5XXError is the error rate. Metrics by resource and method exist on AWS only when a stage asks for them.
"""

from collections.abc import Callable
from typing import Any

from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.cloudwatch.metrics import Metric
from tools.local.engine.patching import core, patch

NAMESPACE = "AWS/ApiGateway"


@patch
def requests_are_measured() -> None:
    """AWS measures every request that reaches a stage. The engine measures none."""
    v1 = core("services.apigateway_v1")
    execute: Callable[..., Any] = v1.handle_execute

    async def handle_execute(api_id: str, stage: str, *rest: Any) -> Any:
        began = engine_metrics.clock()
        answer = await execute(api_id, stage, *rest)
        scope = v1.find_api_scope(api_id)
        if scope and stage in (v1._stages_v1.get_scoped(*scope, api_id, {}) or {}):
            name = str(v1._rest_apis.get_scoped(*scope, api_id)["name"])
            _measure(scope, name, stage, answer[0], began)
        return answer

    v1.handle_execute = handle_execute


def _measure(place: tuple[str, str], api: str, stage: str, status: int, began: float) -> None:
    now = engine_metrics.clock()
    values = (
        ("Count", 1.0, "Count"),
        ("4XXError", float(400 <= status < 500), "Count"),
        ("5XXError", float(status >= 500), "Count"),
        ("Latency", round((now - began) * 1000, 2), "Milliseconds"),
    )
    for dimensions in ({"ApiName": api}, {"ApiName": api, "Stage": stage}):
        for name, value, unit in values:
            engine_metrics.store.count(Metric.of(place, NAMESPACE, name, dimensions), value, now, unit)

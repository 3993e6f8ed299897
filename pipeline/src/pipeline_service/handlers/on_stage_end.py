"""EventBridge, when a stage of a pipeline succeeded or failed: retry the gates that now find what they need.

A success may be what other services' gates wait for. A failure may be that of a gate: what it needs may have been
deployed after the gate had looked and before it had failed, and then no further event follows.
"""

import logging
from typing import Any

from pipeline_service import aws
from pipeline_service.gate import needs_of
from pipeline_service.pipelines import PREFIX, Pipelines

logger = logging.getLogger()


def handler(event: dict[str, Any], context: Any) -> None:
    del context
    pipelines = Pipelines(aws.codepipeline())
    ended, environment = event["detail"]["pipeline"], event["detail"]["stage"]
    has_failed = event["detail"]["state"] == "FAILED"
    for name in [ended] if has_failed else pipelines.names():
        gate = pipelines.failed_gate(name, environment)
        needs = needs_of(gate.message) if gate else {}
        if gate is None or not needs or (not has_failed and ended.removeprefix(PREFIX) not in needs):
            continue
        is_ready = all(pipelines.deployed_revision(service, environment) >= needed for service, needed in needs.items())
        if is_ready and pipelines.retry(gate):
            logger.warning("%s: retried the gate before %s", name, environment)

"""A stage of a pipeline succeeded or failed: retry the gates that waited for what is there now.

A gate that failed looks once more itself, since what it needs may have arrived while it was failing.
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
        is_ready = all(pipelines.deployed(service, environment) >= needed for service, needed in needs.items())
        if is_ready and pipelines.retry(gate):
            logger.warning("%s: retried before %s", name, environment)

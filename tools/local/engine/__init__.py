"""Every touch of the engine (`ministack`, exactly the pinned version) and of its private parts.

Nothing outside this package imports it. One module per topic; each patch says in its docstring which AWS behaviour
it restores, and has a probe in tools/tests/local/test_probes*.py that fails when the engine changes underneath.
A module is imported here so that its patches are registered.
"""

from tools.local.engine import (
    alarms,
    appsync,
    appsync_refusals,
    appsync_templates,
    cloudformation,
    cognito,
    cognito_names,
    delivery,
    delivery_invocations,
    delivery_queues,
    delivery_streams,
    delivery_targets,
    events,
    function_logs,
    functions,
    metrics,
    pages,
    partitions,
    parts,
    payloads,
    rest,
    secrets,
    speed,
    streams,
    tables,
    usage,
    websocket,
)
from tools.local.engine.frame import Settings, application, configure, core, patch, service
from tools.local.engine.identity import ensure_administrator
from tools.local.engine.limits import trim
from tools.local.engine.state import remove_unused_packages, saver, stop_workers

__all__ = [
    "Settings",
    "alarms",
    "application",
    "appsync",
    "appsync_refusals",
    "appsync_templates",
    "cloudformation",
    "cognito",
    "cognito_names",
    "configure",
    "core",
    "delivery",
    "delivery_invocations",
    "delivery_queues",
    "delivery_streams",
    "delivery_targets",
    "ensure_administrator",
    "events",
    "function_logs",
    "functions",
    "metrics",
    "pages",
    "partitions",
    "parts",
    "patch",
    "payloads",
    "remove_unused_packages",
    "rest",
    "saver",
    "secrets",
    "service",
    "speed",
    "stop_workers",
    "streams",
    "tables",
    "trim",
    "usage",
    "websocket",
]

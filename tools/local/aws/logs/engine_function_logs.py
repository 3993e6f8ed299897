"""The output of functions in CloudWatch Logs: a stream per execution environment, and the metrics in it."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.aws.logs.function_lines import Format, Invocation
from tools.local.engine.patching import core, patch

_here = threading.local()
FRESH_STREAM = {
    "uploadSequenceToken": "1",
    "firstEventTimestamp": None,
    "lastEventTimestamp": None,
    "lastIngestionTime": None,
}


def ran_in(stream: str, error_type: str) -> None:
    """Report the log stream of the environment that this thread has just used, and how the invocation failed."""
    _here.stream, _here.error_type = stream, error_type


@patch
def an_environment_has_one_stream() -> None:
    """On AWS an execution environment writes to one log stream, which its context names, and metrics in embedded metric
    format are extracted from it. The engine creates a stream for every invocation, under a name that the function never
    learns, extracts nothing, and writes START, END and REPORT whatever the function's `LoggingConfig` is. (Memory is
    not measured: a function's configured memory counts as used.)

    Lambda writes with the function's role: what the role may not write is lost, and so are the metrics in it. The
    engine asks nobody."""
    functions, logs = core("services.lambda_svc"), core("services.cloudwatch_logs")
    engines_own: Callable[..., None] = functions._emit_lambda_logs

    def emit(
        func: Mapping[str, Any], request_id: str, text: str, error: bool, duration_ms: int, *, log_source: Any = None
    ) -> None:
        stream, _here.stream = getattr(_here, "stream", ""), ""
        config = func.get("config") or func
        form = Format.of(config)
        lines = form.kept(text or "")
        group = str((config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}")
        if not _may_write(logs, str(config.get("Role", "")), group, stream):
            return
        engine_metrics.extract(lines)
        if not stream:
            engines_own(func, request_id, text, error, duration_ms, log_source=log_source)
            return
        version, memory = str(config.get("Version", "$LATEST")), int(config.get("MemorySize", 128))
        done = Invocation(request_id, version, duration_ms, memory, _here.error_type)
        whole = form.framed(lines, done, datetime.now(UTC))
        if whole:
            _append(logs, group, stream, whole)

    functions._emit_lambda_logs = emit


def _may_write(logs: Any, role: str, group: str, stream: str) -> bool:
    arn = logs._make_group_arn(group).removesuffix(":*")
    known = logs._log_groups.get(group)
    if known is None and not role_allows(role, "logs:CreateLogGroup", arn):
        return False
    place = f"{arn}:log-stream:{stream or '*'}"
    is_new = known is None or stream not in known["streams"]
    actions = ("logs:CreateLogStream", "logs:PutLogEvents") if is_new else ("logs:PutLogEvents",)
    return all(role_allows(role, action, place) for action in actions)


def _append(logs: Any, group: str, stream: str, lines: list[str]) -> None:
    now = int(time.time() * 1000)
    known = logs._log_groups.get(group)
    if known is None:
        known = logs._log_groups[group] = {
            "arn": logs._make_group_arn(group),
            "creationTime": now,
            "retentionInDays": None,
            "tags": {},
            "subscriptionFilters": {},
            "streams": {},
        }
    its = known["streams"].get(stream)
    if its is None:
        its = known["streams"][stream] = {"events": [], "creationTime": now, **FRESH_STREAM}
    logs._append_log_events(its, [{"timestamp": now, "message": line, "ingestionTime": now} for line in lines])
    if known.get("subscriptionFilters"):
        events = [{"timestamp": now, "message": line} for line in lines]
        logs._fanout_to_subscription_filters(group, stream, events)

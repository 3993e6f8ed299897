"""Steps that went wrong: lines in the logs of functions, and dead letters. A happy order has neither."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.operate.log_lines import PREFIX, Line, deployed, read
from tools.operate.redrive.dead_letter import DeadLetter
from tools.operate.redrive.overview import overview
from tools.operate.redrive.queue import LONGEST_READ, TOO_MANY
from tools.operate.timeline.steps import Kind, Step, folded
from tools.project.aws import Target
from tools.project.services import Service, discover

# The id of a return has up to 80 characters.
IDS_IN_PATTERN = 10


def of_logs(target: Target, ids: Sequence[str], since: datetime) -> list[Step]:
    """What functions logged about the order or its returns. CloudWatch Logs filters, so that this is quick in a busy
    shop too."""
    logs = target.client("logs")
    prefix = f"{PREFIX}ecommerce-{target.environment.name}-"
    start = int(since.timestamp() * 1000)
    functions = deployed(logs, prefix)
    patterns = patterns_of(ids)
    lines = {line: None for pattern in patterns for line in read(logs, prefix, functions, start, pattern=pattern)}
    return folded(step for line in lines if (step := step_of_line(line)))


def patterns_of(ids: Sequence[str]) -> list[str]:
    """Filter patterns that any line with one of the ids fits. CloudWatch Logs accepts at most 1,024 characters."""
    batches = [ids[start : start + IDS_IN_PATTERN] for start in range(0, len(ids), IDS_IN_PATTERN)]
    return [" ".join(f'?"{one}"' for one in batch) for batch in batches]


def step_of_line(line: Line) -> Step | None:
    """A line of our own logger; None for others, such as metrics."""
    record = line.record
    message = record.get("message")
    if line.is_frame or not isinstance(message, str):
        return None
    reason = _text(record, "reason") or _text(record, "error_code") or _text(record, "error_type")
    return Step(
        datetime.fromtimestamp(line.at / 1000, UTC),
        _service_of(line.function, discover()),
        Kind.FAILURE,
        f"{message}: {reason}" if reason else message,
        _text(record, "level"),
        _text(record, "event"),
        function=line.function,
        trace=_text(record, "correlation_id"),
        detail={name: record[name] for name in ("error_type", "raised_at", "xray_trace_id") if name in record},
    )


def of_dead_letters(
    target: Target, services: Iterable[Service], order_id: str, tell: Callable[[str], object] = lambda _line: None
) -> Iterator[Step]:
    """Reading makes a dead letter invisible to other readers for a moment; then it is as before. `tell` gets a line
    every 10 seconds while a queue is read."""
    for row in overview(target, services, lambda dead_letter: order_id in dead_letter.payload, tell=tell):
        if row.unread:
            what = f"about {row.unread} dead letters were not read, which may be about this order"
            command = f'make redrive SERVICE={row.service} ABOUT={order_id} DRY_RUN=1 ARGS="{LONGEST_READ}"'
            advice = f"`{command}` reads more" if row.may_read_longer else TOO_MANY
            yield Step(None, row.service, Kind.NEXT, what, "UNKNOWN", detail={"next": advice})
        for dead_letter in row.found or ():
            yield step_of_dead_letter(row.service, dead_letter)


def step_of_dead_letter(service: str, dead_letter: DeadLetter) -> Step:
    reason = ": ".join(part for part in (dead_letter.code, dead_letter.reason) if part) or "no reason given"
    command = f"fix the cause, then `make redrive SERVICE={service} ID={dead_letter.id[:8]}`"
    attempts = f" after {dead_letter.attempts} attempts" if dead_letter.attempts is not None else ""
    return Step(
        dead_letter.sent_at,
        service,
        Kind.DEAD_LETTER,
        f"given up{attempts}: {reason}",
        dead_letter.code,
        str(dead_letter.event.get("detail-type") or dead_letter.about),
        function=str(dead_letter.back_to or ""),
        detail={"id": dead_letter.id, "next": command},
    )


def _service_of(function: str, services: Iterable[str]) -> str:
    """`delivery-pricing-rest-pricing` is a function of *delivery-pricing*, not of *delivery*."""
    fitting = [service for service in services if function.startswith(f"{service}-")]
    return max(fitting, key=len, default=function)


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""

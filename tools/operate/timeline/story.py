"""The timeline as text for a terminal, and as a JSON document. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ecom.times import timestamp
from tools.operate.printable import printable
from tools.operate.timeline.sources import Timeline
from tools.operate.timeline.steps import Kind, Step

_WIDTH = 14
_SIGN = {Kind.FAILURE: "!", Kind.DEAD_LETTER: "X", Kind.NEXT: ">"}


def text_of(timeline: Timeline, colours: bool = False) -> str:
    start = next((step.at for step in timeline.steps if step.at), None)
    lines = [timeline.summary]
    if start:
        lines.append(f"began {timestamp(start)}")
    lines.append("")
    for step in timeline.steps:
        lines += _lines(step, start, colours)
    if any(step.kind is Kind.DEAD_LETTER for step in timeline.steps):
        lines.append("\nX waits for an operator: docs/operations.md")
    return printable("\n".join(lines))


def document_of(timeline: Timeline) -> dict[str, Any]:
    return {
        "orderId": timeline.order_id,
        "summary": timeline.summary,
        "steps": [_document(step) for step in timeline.steps],
    }


def _document(step: Step) -> dict[str, Any]:
    known = {
        "at": timestamp(step.at) if step.at else None,
        "service": step.service,
        "kind": step.kind.value,
        "what": step.what,
        "status": step.status,
        "cause": step.cause,
        "event": step.event,
        "function": step.function,
        "trace": step.trace,
        "times": step.times if step.times > 1 else None,
        "until": timestamp(step.until) if step.until else None,
        "detail": dict(step.detail),
    }
    return {name: value for name, value in known.items() if value not in (None, "", {})}


def _lines(step: Step, start: datetime | None, colours: bool) -> Iterator[str]:
    when = _since(step.at, start)
    times = f" ({step.times} times" if step.times > 1 else ""
    if times:
        times += f", the last one at {_since(step.until, start).strip()})"
    line = f"{_SIGN.get(step.kind, ' ')} {when:>11}  {step.service:<{_WIDTH}}  {step.what}{times}"
    yield f"\033[1m{line}\033[0m" if colours else line
    parts = [
        f"because of {step.cause}" if step.cause else "",
        f"publishes {step.event}" if step.event else "",
        f"by {step.function}" if step.function else "",
        f"correlation id {step.trace}" if step.trace else "",
        str(step.detail.get("next", "")),
    ]
    if any(parts):
        faint = f"{'':{_WIDTH + 17}}{', '.join(part for part in parts if part)}"
        yield f"\033[2m{faint}\033[0m" if colours else faint


def _since(at: datetime | None, start: datetime | None) -> str:
    """Such as `+3.21 s` or `+2:05:07`; nothing for an unknown time."""
    if at is None or start is None:
        return ""
    seconds = (at - start).total_seconds()
    if seconds < 120:
        return f"+{seconds:.2f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"+{days} d {hours}:{minutes:02}:{rest:02}" if days else f"+{hours}:{minutes:02}:{rest:02}"

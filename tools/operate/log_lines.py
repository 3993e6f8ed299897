"""Lines of CloudWatch Logs, from several functions, in the order of time."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PREFIX = "/aws/lambda/"
# Lambda's lines around an invocation, as text and as JSON, and lines of metrics. The report with the duration is shown.
_FRAME = ("START RequestId: ", "END RequestId: ", "INIT_START ", '{"_aws":')
_FRAME_TYPES = frozenset(["platform.initStart", "platform.start", "platform.runtimeDone"])
_REQUEST = re.compile(r"(?:START|END|REPORT) RequestId: (\S+)")
# CloudWatch Logs may return an event some seconds after later ones.
OVERLAP_MS = 10_000


@dataclass(frozen=True, slots=True)
class Line:
    """One log event of a function; `at` in milliseconds."""

    at: int
    function: str
    stream: str
    text: str

    @property
    def is_frame(self) -> bool:
        return self.text.startswith(_FRAME) or self.record.get("type") in _FRAME_TYPES

    @property
    def record(self) -> Mapping[str, Any]:
        """The line as a JSON object; empty for text."""
        if not self.text.startswith("{"):
            return {}
        try:
            found: Mapping[str, Any] = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return found

    @property
    def ids(self) -> dict[str, str]:
        """What the line says about its invocation: its request id, its trace id, both or neither."""
        if found := _REQUEST.match(self.text):
            return {"request": found[1]}
        record = self.record
        inner = record.get("record")
        request = (inner if isinstance(inner, Mapping) else record).get("requestId")
        named = {"request": request, "trace": record.get("xray_trace_id")}
        return {name: str(value) for name, value in named.items() if value}


def functions_of(deployed: Iterable[str], service: str, function: str, services: Iterable[str]) -> list[str]:
    """The names (`orders-on-table-change`) of a service's functions, all without a service.

    `service` may also be the whole name of one function. `delivery-pricing-...` is not a function of *delivery*.
    """
    names = sorted(deployed)
    if service in names:
        return [service]
    others = [f"{each}-" for each in services if each.startswith(f"{service}-")]
    own = [
        name for name in names if not service or (name.startswith(f"{service}-") and not name.startswith(tuple(others)))
    ]
    if not function:
        return own
    return [name for name in own if name == f"{service}-{function}" or (not service and name.endswith(f"-{function}"))]


def deployed(logs: Any, group_prefix: str) -> list[str]:
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group_prefix)
    return [group["logGroupName"].removeprefix(group_prefix) for page in pages for group in page["logGroups"]]


def read(logs: Any, group_prefix: str, functions: Sequence[str], since: int, pattern: str = "") -> list[Line]:
    """The lines since a moment (in milliseconds), oldest first; those that fit CloudWatch's filter pattern only."""
    found = []
    for function in functions:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"{group_prefix}{function}",
            startTime=max(since, 0),
            **({"filterPattern": pattern} if pattern else {}),
        )
        for page in pages:
            found += [_line(function, event) for event in page["events"]]
    return sorted(found, key=lambda line: line.at)


def _line(function: str, event: Mapping[str, Any]) -> Line:
    return Line(event["timestamp"], function, event.get("logStreamName", ""), event["message"].rstrip())


def about(lines: Iterable[Line], text: str) -> list[Line]:
    """The lines of each invocation that mentions the text: what else it logged belongs to the same story.

    An execution environment handles one event after another, so an invocation is a run of lines of one stream. It ends
    where a line has another request id or another trace id. A line that has neither belongs to the run before it.
    """
    kept: list[Line] = []
    current: dict[tuple[str, str], _Run] = {}
    for line in lines:
        stream = line.function, line.stream
        run = current.get(stream)
        if run is None or run.ends_before(line):
            kept += _mentioning(run.lines, text) if run else []
            run = current[stream] = _Run([], {})
        run.lines.append(line)
        run.ids.update(line.ids)
    for run in current.values():
        kept += _mentioning(run.lines, text)
    return sorted(kept, key=lambda line: line.at)


@dataclass(frozen=True, slots=True)
class _Run:
    """The lines of one invocation so far."""

    lines: list[Line]
    ids: dict[str, str]

    def ends_before(self, line: Line) -> bool:
        return any(self.ids.get(name, value) != value for name, value in line.ids.items())


def _mentioning(invocation: list[Line], text: str) -> list[Line]:
    return invocation if any(text in line.text for line in invocation) else []


class Following:
    """Lines as they arrive, each once. Equal lines of the same moment are told apart by their number."""

    def __init__(self) -> None:
        self._seen: Counter[Line] = Counter()
        self._newest = 0

    def since(self, start: int) -> int:
        """From when to read next."""
        return max(start, self._newest - OVERLAP_MS)

    def new(self, lines: Sequence[Line]) -> Iterator[Line]:
        before, now = self._seen, Counter[Line]()
        for line in lines:
            now[line] += 1
            if now[line] > before[line]:
                yield line
        self._newest = max([self._newest, *(line.at for line in lines)])
        self._seen = now

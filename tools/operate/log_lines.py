"""Lines of CloudWatch Logs, from several functions, in the order of time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PREFIX = "/aws/lambda/"
# Lambda's lines around an invocation; REPORT, with the duration, is shown. Metrics are in lines of their own.
_FRAME = ("START RequestId: ", "END RequestId: ", "INIT_START ", '{"_aws":')
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
        return self.text.startswith(_FRAME)


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


def read(logs: Any, group_prefix: str, functions: Sequence[str], since: int) -> list[Line]:
    """The lines since a moment (in milliseconds), oldest first."""
    found = []
    for function in functions:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"{group_prefix}{function}", startTime=max(since, 0)
        )
        for page in pages:
            found += [_line(function, event) for event in page["events"]]
    return sorted(found, key=lambda line: line.at)


def _line(function: str, event: Mapping[str, Any]) -> Line:
    return Line(event["timestamp"], function, event.get("logStreamName", ""), event["message"].rstrip())


def about(lines: Iterable[Line], text: str) -> list[Line]:
    """The lines of each invocation that mentions the text: what else it logged belongs to the same story.

    An execution environment handles one event after another, so an invocation is what its stream has from START to END.
    """
    kept: list[Line] = []
    current: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        stream = line.function, line.stream
        if line.text.startswith("START RequestId: "):
            kept += _mentioning(current.pop(stream, []), text)
        current.setdefault(stream, []).append(line)
    for left in current.values():
        kept += _mentioning(left, text)
    return sorted(kept, key=lambda line: line.at)


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

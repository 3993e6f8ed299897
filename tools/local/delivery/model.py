"""What the state machines are given, and what they give back."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Clock = Callable[[], float]
"""Seconds since the epoch; real or virtual."""

NewId = Callable[[], str]
"""A fresh id of a request."""


@dataclass(frozen=True)
class Outcome:
    """What came of invoking a function.

    `throttled` means that it did not run: nothing was attempted. `failed` means that it ran and `payload` is the error
    (`errorType`, `errorMessage`) that it reported.
    """

    payload: Any = None
    failed: bool = False
    throttled: bool = False
    version: str = "$LATEST"

    @property
    def error_message(self) -> str:
        if isinstance(self.payload, Mapping):
            return str(self.payload.get("errorMessage") or self.payload.get("message") or "")
        return "" if self.payload is None else str(self.payload)


Call = Callable[[Any], Outcome]
"""Invoke the function with this event, and wait for it."""


@dataclass(frozen=True)
class Message:
    """One message for a queue, topic, function or bus: a text, and for a queue or a topic its string attributes.

    `attributes` are pairs of data type and value, as SQS and SNS take them.
    """

    destination: str
    body: str
    attributes: Mapping[str, tuple[str, str]] | None = None
    source: str = ""
    """The ARN of the function or rule that sends it."""


Send = Callable[[Message], None]
"""Hand a message over. What cannot be handed over is dropped, as on AWS, and said in the log."""


@dataclass(frozen=True)
class Pace:
    """How long to wait between attempts: AWS's seconds times `factor`.

    Waits alone are shortened. Ages, batching windows and the time that functions take are not, so nothing expires
    that would not expire on AWS.
    """

    factor: float = 1.0

    def wait(self, seconds: float) -> float:
        return seconds * self.factor

    def doubling(self, tries: int, longest: float) -> float:
        """1, 2, 4 ... seconds for the first, second, third wait; `longest` at most."""
        return self.wait(min(2.0 ** min(max(tries - 1, 0), 30), longest))


def iso(seconds: float) -> str:
    """A time as AWS writes it into its records: UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: Any) -> str:
    """The text of a message; what is not JSON is written as a string."""
    return json.dumps(value, default=str, separators=(",", ":"))

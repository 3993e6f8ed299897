"""The interface of the state machines: their inputs and results."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Clock = Callable[[], float]
"""Seconds since the epoch; real or virtual."""

NewId = Callable[[], str]
"""A new request id."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of invoking a function.

    `throttled` means that it did not run. `failed` means that it ran and `payload` is the error (`errorType`,
    `errorMessage`) that it reported.
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
"""Invoke the function with this event and wait for it."""


@dataclass(frozen=True)
class Message:
    """One message for a queue, topic, bucket, function or bus: a text, and string attributes for a queue or a topic.

    `attributes` are pairs of data type and value, as SQS and SNS take them.
    """

    destination: str
    body: str
    attributes: Mapping[str, tuple[str, str]] | None = None
    source: str = ""
    """The ARN of the sending function or rule."""
    key: str = ""
    """The key of the object, when the destination is a bucket."""


Send = Callable[[Message], None]
"""Send a message. A message that cannot be sent is logged and dropped, as on AWS."""


@dataclass(frozen=True)
class Pace:
    """How long to wait between attempts: AWS's seconds times `factor`.

    Only these waits are shortened. Event ages, batching windows and run times are not, so nothing expires that would
    not expire on AWS.
    """

    factor: float = 1.0

    def wait(self, seconds: float) -> float:
        return seconds * self.factor

    def doubling(self, attempts: int, longest: float) -> float:
        """1, 2, 4 ... seconds for the first, second, third wait, and at most `longest`."""
        return self.wait(min(2.0 ** min(max(attempts - 1, 0), 30), longest))


def iso(seconds: float) -> str:
    """A time as AWS writes it in its records: UTC, milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: Any) -> str:
    """The text of a message. Values that JSON does not have are written as strings."""
    return json.dumps(value, default=str, separators=(",", ":"))

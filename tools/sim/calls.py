"""One call of a function to the outside, and the answers that AWS gives."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.sim import aws_seam
from tools.sim.aws_attempts import HEADERS, Answer, Response

if TYPE_CHECKING:
    from tools.sim.environments import Environment
    from tools.sim.templates.blueprint import Role


_NUMBER = re.compile(r"#(\d+)$")
# A UUID, or the SHA-256 by which the provider finds a payment.
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")


@lru_cache(maxsize=4096)
def _pattern_of(text: str) -> str:
    return _ID.sub("{id}", text)


@dataclass(slots=True)
class Call:
    """`name` is stable over runs of the seed. `place` is what is called: a table, a queue, a route. `others` are the
    further tables of a transaction or a batch. `signer` is the role of a caller that does not run here."""

    kind: str
    name: str
    service: str
    operation: str
    place: str
    environment: "Environment | None"
    request: Any = None
    facts: dict[str, Any] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    signer: "Role | None" = None

    @property
    def function(self) -> str:
        return self.environment.function.name if self.environment else "operator"

    def __str__(self) -> str:
        return f"{self.service} {self.operation} {self.place}".strip()

    @property
    def pattern(self) -> str:
        """The same for all calls that differ in an id only."""
        return _pattern_of(str(self))

    @property
    def number(self) -> int:
        """Which call of its operation it is in its task."""
        found = _NUMBER.search(self.name)
        return int(found[1]) if found else 1


class FirstCall(NamedTuple):
    """The first call of its kind and number by a function in a run."""

    name: str
    kind: str
    service: str
    operation: str


class Answered(Exception):
    """A fault answers in the place of AWS."""

    def __init__(self, response: Any) -> None:
        super().__init__("answered by a fault")
        self.response = response


def json_answer(document: Any, status: int = 200) -> Response:
    """An answer with a document. Only errors are written as JSON: botocore reads them on its own."""
    if status < 300:
        return Answer(document)
    return aws_seam.answer("https://aws.simulated/", status, HEADERS, json.dumps(document).encode())


def error_answer(code: str, text: str, status: int = 400, more: Mapping[str, Any] | None = None) -> Response:
    return json_answer({"__type": f"com.amazonaws#{code}", "message": text, **(more or {})}, status)

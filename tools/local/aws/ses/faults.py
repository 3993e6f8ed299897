"""Making mail fail, for tests: the next sends to an address are refused, or are done and their answer is lost.

Nothing fails unless somebody asks for it; what was asked for is over by itself, and gone when the cloud stops.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tools.local.aws.ses.messages import address_of, is_address

LONGEST_SECONDS = 3600
EVERYBODY = ""


class Behaviour(StrEnum):
    THROTTLE = "THROTTLE"
    """Refused: too many at once. Nothing is sent."""
    ERROR = "ERROR"
    """500. Nothing is sent."""
    ERROR_AFTER = "ERROR_AFTER"
    """500, and the mail was sent."""
    CUT_AFTER = "CUT_AFTER"
    """The connection ends without an answer, and the mail was sent."""
    NONE = "NONE"
    """As ever."""


class WrongScript(ValueError):
    """What was asked for cannot be done; the text says what would."""


@dataclass
class _Fault:
    behaviour: Behaviour
    left: int | None
    until: float


class Faults:
    """What fails now, by address; a fault of one address goes before one of everybody."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._faults: dict[str, _Fault] = {}

    def script(self, asked: Mapping[str, Any]) -> None:
        """Take a script: `behaviour`, and perhaps `to`, `times`, `seconds`. It replaces the one before it."""
        unknown = sorted(asked.keys() - {"behaviour", "to", "times", "seconds"})
        if unknown:
            raise WrongScript(f"unknown: {', '.join(unknown)}; known are behaviour, to, times, seconds")
        if asked.get("behaviour") not in list(Behaviour):
            raise WrongScript(f"behaviour is one of {', '.join(Behaviour)}")
        to = asked.get("to") or EVERYBODY
        if to != EVERYBODY and not (isinstance(to, str) and is_address(to)):
            raise WrongScript("to is an e-mail address")
        times, seconds = asked.get("times"), asked.get("seconds", 60)
        if times is not None and not _whole(times, 1_000_000):
            raise WrongScript("times is a whole number from 1")
        if not _whole(seconds, LONGEST_SECONDS):
            raise WrongScript(f"seconds is a whole number from 1 to {LONGEST_SECONDS}")
        self._faults.pop(_key(to), None)
        if asked["behaviour"] != Behaviour.NONE:
            self._faults[_key(to)] = _Fault(Behaviour(asked["behaviour"]), times, self._clock() + seconds)

    def next(self, recipients: Iterable[str]) -> Behaviour:
        """What happens to a mail for these; it is counted."""
        now = self._clock()
        self._faults = {key: fault for key, fault in self._faults.items() if fault.until > now and fault.left != 0}
        for key in (*map(_key, recipients), EVERYBODY):
            fault = self._faults.get(key)
            if fault is not None:
                if fault.left is not None:
                    fault.left -= 1
                return fault.behaviour
        return Behaviour.NONE

    def active(self) -> list[dict[str, Any]]:
        now = self._clock()
        return [
            {"to": key, "behaviour": fault.behaviour, "times": fault.left, "seconds": round(fault.until - now, 1)}
            for key, fault in self._faults.items()
            if fault.until > now and fault.left != 0
        ]

    def clear(self) -> None:
        self._faults.clear()


def _key(address: str) -> str:
    return address_of(address).lower()


def _whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


faults = Faults()
"""Those of this cloud."""

"""Faults of mail for tests: the next sends to an address are refused, or their answer is lost.

Nothing fails unless a test asks for it. A fault ends by itself, and when the cloud stops.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tools.local.aws.ses.messages import address_of, is_address

LONGEST_SECONDS = 3600
ALL_ADDRESSES = ""


class Behaviour(StrEnum):
    THROTTLE = "THROTTLE"
    """Throttled. Nothing is sent."""
    ERROR = "ERROR"
    """500. Nothing is sent."""
    ERROR_AFTER = "ERROR_AFTER"
    """500, and the mail was sent."""
    CUT_AFTER = "CUT_AFTER"
    """The connection ends without an answer, and the mail was sent."""
    NONE = "NONE"
    """No fault."""


class InvalidFault(ValueError):
    """The requested fault is invalid. The text says what is valid."""


@dataclass
class _Fault:
    behaviour: Behaviour
    left: int | None
    until: float


class Faults:
    """The present faults, by address. A fault of one address has precedence over one of all addresses."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._faults: dict[str, _Fault] = {}

    def set(self, requested: Mapping[str, Any]) -> None:
        """Set a fault: `behaviour`, and optionally `to`, `times`, `seconds`. It replaces the previous one."""
        unknown = sorted(requested.keys() - {"behaviour", "to", "times", "seconds"})
        if unknown:
            raise InvalidFault(f"unknown fields: {', '.join(unknown)}; use behaviour, to, times, seconds")
        if requested.get("behaviour") not in list(Behaviour):
            raise InvalidFault(f"behaviour must be one of {', '.join(Behaviour)}")
        to = requested.get("to") or ALL_ADDRESSES
        if to != ALL_ADDRESSES and not (isinstance(to, str) and is_address(to)):
            raise InvalidFault("to must be an e-mail address")
        times, seconds = requested.get("times"), requested.get("seconds", 60)
        if times is not None and not _whole(times, 1_000_000):
            raise InvalidFault("times must be an integer from 1")
        if not _whole(seconds, LONGEST_SECONDS):
            raise InvalidFault(f"seconds must be an integer from 1 to {LONGEST_SECONDS}")
        self._faults.pop(_key(to), None)
        if requested["behaviour"] != Behaviour.NONE:
            self._faults[_key(to)] = _Fault(Behaviour(requested["behaviour"]), times, self._clock() + seconds)

    def next(self, recipients: Iterable[str]) -> Behaviour:
        """The behaviour for a mail to these addresses. The send is counted."""
        now = self._clock()
        self._faults = {key: fault for key, fault in self._faults.items() if fault.until > now and fault.left != 0}
        for key in (*map(_key, recipients), ALL_ADDRESSES):
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
"""The faults of this cloud."""

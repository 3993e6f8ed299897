"""Failure scripts: how a tester makes this provider fail, for one token or for all.

    DECLINE          declines; no effect
    ERROR, DOWN      500, 503; no effect
    SLOW             takes effect and answers after the delay
    TIMEOUT_BEFORE   504 after the delay; no effect
    TIMEOUT_AFTER    504 after the delay; takes effect
    TWICE            the request arrives twice; the caller gets the second answer

A script ends at its time, or after the requested number of calls. A script of one token takes precedence over one of
all tokens. Pure: the store and the waiting are passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from payment_3p_service.domain import timestamp
from payment_3p_service.errors import ScriptedDown, ScriptedError, ScriptedTimeout

T = TypeVar("T")

OPERATIONS = ("check", "processPayment", "cancelPayment", "updateAmount", "refund", "payments")


class Behaviour(StrEnum):
    DECLINE = "DECLINE"
    ERROR = "ERROR"
    DOWN = "DOWN"
    SLOW = "SLOW"
    TIMEOUT_BEFORE = "TIMEOUT_BEFORE"
    TIMEOUT_AFTER = "TIMEOUT_AFTER"
    TWICE = "TWICE"


@dataclass(frozen=True, slots=True)
class Script:
    """`left` is the number of calls that it still affects; None for any number."""

    behaviour: Behaviour
    until: str
    delay: int = 0
    left: int | None = None

    def is_on(self, now: datetime) -> bool:
        return timestamp(now) < self.until and self.left != 0


class Store(Protocol):
    def take(self, token: str, operation: str) -> Script | None:
        """The script for this call, None without one. Counts one use of a script with a limited number."""


@dataclass(frozen=True, slots=True)
class ScriptPlayer:
    """Performs calls, and plays the failure scripts. Without a store there are none."""

    store: Store | None
    wait: Callable[[float], None]

    def perform(self, token: str, operation: str, act: Callable[[], T], decline: Callable[[], T] | None = None) -> T:
        """The result of `act`, unless a script is on. A call without `decline` is performed under DECLINE."""
        script = self.store.take(token, operation) if self.store else None
        if script is None:
            return act()
        if script.behaviour in (Behaviour.SLOW, Behaviour.TIMEOUT_BEFORE):
            self.wait(script.delay)
        match script.behaviour:
            case Behaviour.DECLINE:
                return (decline or act)()
            case Behaviour.ERROR:
                raise ScriptedError("a failure script: error without effect")
            case Behaviour.DOWN:
                raise ScriptedDown("a failure script: down, without effect")
            case Behaviour.TIMEOUT_BEFORE:
                raise ScriptedTimeout("a failure script: time-out")
            case Behaviour.TIMEOUT_AFTER:
                act()
                self.wait(script.delay)
                raise ScriptedTimeout("a failure script: time-out")
            case Behaviour.TWICE:
                act()
        return act()

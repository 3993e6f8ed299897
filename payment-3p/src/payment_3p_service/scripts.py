"""Failure scripts: what a tester may make this provider do wrong, to a token or to all of them.

    DECLINE          says no, and does nothing
    ERROR, DOWN      500, 503: nothing happens
    SLOW             does it after a while; a late answer, when the caller does not wait that long
    TIMEOUT_BEFORE   nothing happens, and nobody says so: 504 after a while
    TIMEOUT_AFTER    it happens, and nobody says so: 504 after a while
    TWICE            the request arrives twice; the second answer is the one that is given

A script ends by itself: at its time, or when it was played so often as was asked. One of a token goes before one of
all tokens. Pure but for the store and the waiting, which are passed in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from payment_3p_service.domain import written
from payment_3p_service.errors import NoAnswer, ScriptedDown, ScriptedError

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
    """`left` is how many times it may still be played; None: any number of times."""

    behaviour: Behaviour
    until: str
    delay: float = 0.0
    left: int | None = None

    def is_on(self, now: datetime) -> bool:
        return written(now) < self.until and self.left != 0


class Store(Protocol):
    def take(self, token: str, operation: str) -> Script | None:
        """The script for this call, if there is one; one of a limited number of times is used up by that."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where calls are performed: as they should be, or as a script wants it. Without a store there are no scripts."""

    store: Store | None
    wait: Callable[[float], None]

    def perform(self, token: str, operation: str, act: Callable[[], T], decline: Callable[[], T] | None = None) -> T:
        """What `act` answers, unless a script is on. What cannot be declined is done."""
        script = self.store.take(token, operation) if self.store else None
        if script is None:
            return act()
        if script.behaviour in (Behaviour.SLOW, Behaviour.TIMEOUT_BEFORE):
            self.wait(script.delay)
        match script.behaviour:
            case Behaviour.DECLINE:
                return (decline or act)()
            case Behaviour.ERROR:
                raise ScriptedError("a script makes this fail; nothing happened")
            case Behaviour.DOWN:
                raise ScriptedDown("a script says that we are down; nothing happened")
            case Behaviour.TIMEOUT_BEFORE:
                raise NoAnswer("nobody says what happened")
            case Behaviour.TIMEOUT_AFTER:
                act()
                self.wait(script.delay)
                raise NoAnswer("nobody says what happened")
            case Behaviour.TWICE:
                act()
        return act()

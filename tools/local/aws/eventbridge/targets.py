"""Delivery of one event to one target of a rule: retry policy, and the target's dead-letter queue.

Guarantee: an event that matched a rule is accepted by the target, or sent to the target's dead-letter queue with the
reason, or (without such a queue) dropped and logged. A function accepts an event when its queue of asynchronous
invocations does; the outcome of the function does not matter to the rule.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tools.local.delivery.model import Clock, Message, Pace, Send

log = logging.getLogger("local.delivery")

DEFAULT_RETRIES, DEFAULT_AGE = 185, 86400
LONGEST_WAIT = 600.0


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one target. `payload` is the target's input, `event` the event as it was matched."""

    id: str
    rule: str
    target: Mapping[str, Any]
    payload: str
    event: str
    accepted: float
    attempts: int = 0

    def to_state(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "Delivery":
        return cls(**state)


@dataclass(frozen=True)
class Refusal:
    """Why a target did not accept an event: EventBridge's error code and a text."""

    code: str
    text: str
    retry: bool = False


Offer = Callable[[Delivery], Refusal | None]
"""Offer the payload to the target; None when it accepted."""


@dataclass(frozen=True)
class Retry:
    """The delivery's new state, and the time of the next attempt."""

    delivery: Delivery
    due: float


def deliver(delivery: Delivery, offer: Offer, send: Send, clock: Clock, pace: Pace) -> Retry | None:
    """Make one attempt. Returns None when the event is finished."""
    refusal = offer(delivery)
    if refusal is None:
        return None
    tried = replace(delivery, attempts=delivery.attempts + 1)
    if not refusal.retry:
        _give_up(tried, refusal, "", send)
        return None
    policy = delivery.target.get("RetryPolicy") or {}
    due = clock() + pace.doubling(tried.attempts, LONGEST_WAIT)
    if tried.attempts > int(str(policy.get("MaximumRetryAttempts", DEFAULT_RETRIES))):
        _give_up(tried, refusal, "MaximumRetryAttempts", send)
    elif due > delivery.accepted + int(str(policy.get("MaximumEventAgeInSeconds", DEFAULT_AGE))):
        _give_up(tried, refusal, "MaximumEventAgeInSeconds", send)
    else:
        return Retry(tried, due)
    return None


def _give_up(delivery: Delivery, refusal: Refusal, exhausted: str, send: Send) -> None:
    target = str(delivery.target.get("Arn", ""))
    queue = str((delivery.target.get("DeadLetterConfig") or {}).get("Arn") or "")
    becomes = f"sent to {queue}" if queue else "dropped: the target has no dead-letter queue"
    log.warning("%s: not delivered to %s (%s: %s); %s", delivery.rule, target, refusal.code, refusal.text, becomes)
    if not queue:
        return
    attributes = {
        "RULE_ARN": ("String", delivery.rule),
        "TARGET_ARN": ("String", target),
        "ERROR_CODE": ("String", refusal.code),
        "ERROR_MESSAGE": ("String", refusal.text),
        "RETRY_ATTEMPTS": ("String", str(delivery.attempts - 1)),
    }
    if exhausted:
        attributes["EXHAUSTED_RETRY_CONDITION"] = ("String", exhausted)
    send(Message(queue, delivery.event or delivery.payload, attributes, delivery.rule))

"""One step of an order: what a service, a person or the provider did, when and why. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a step changed."""

    ORDER = "order"
    GOODS = "goods"
    PARCEL = "parcel"
    RETURN = "return"
    MONEY = "money"
    MAIL = "mail"
    FAILURE = "failure"  # something went wrong, and is retried or was
    DEAD_LETTER = "dead letter"  # something went wrong, and waits for an operator
    NEXT = "next"  # not done yet, and who has to do it


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is None when the time is unknown. `cause` is the request or event that led to the step, `event` what was
    published because of it, `trace` the correlation id. A repeated failure has `times`, and `until`, its last time."""

    at: datetime | None
    service: str
    kind: Kind
    what: str
    status: str = ""
    cause: str = ""
    event: str = ""
    function: str = ""
    trace: str = ""
    times: int = 1
    until: datetime | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def in_order(steps: Iterable[Step]) -> list[Step]:
    """By time; steps of one moment in the order in which the parts of an order depend on each other. Those of unknown
    time come before what is next."""
    kinds = list(Kind)
    return sorted(
        steps,
        key=lambda step: (
            step.kind is Kind.NEXT,
            step.at is None,
            step.at.timestamp() if step.at else 0.0,
            kinds.index(step.kind),
        ),
    )


def folded(failures: Iterable[Step]) -> list[Step]:
    """Repeats of a failure as one step: the first, with how many there were and when the last one was."""
    first: dict[tuple[str, str, str], Step] = {}
    for step in failures:
        key = step.function, step.what, step.cause
        found = first.get(key)
        if found is None:
            first[key] = step
        else:
            first[key] = replace(found, times=found.times + step.times, until=step.until or step.at)
    return list(first.values())

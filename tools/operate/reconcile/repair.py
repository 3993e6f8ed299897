"""Repair: publish missing events again, compare again, until they repair nothing more.

Some orders need several rounds: after DeliveryCompleted payment captures the money, and only then PaymentCaptured can
be published. Each round publishes what the last comparison found, so a second repair publishes nothing.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ecom.errors import InvalidEvent
from ecom.events import OutgoingEvent
from reconciliation_service.findings import Finding
from reconciliation_service.repair import CannotTell, facts_of
from reconciliation_service.snapshots import Case

COMPARE_SECONDS = 1.0
# Events wait in queues with a growing back-off: publishing them again meanwhile does not help.
REPUBLISH_SECONDS = 15.0
AT_ONCE = 100

REPAIRED = "repaired"
NOT_YET = "published again, but not repaired within the time: compare again later"


class EventPublisher(Protocol):
    def publish(self, events: Sequence[OutgoingEvent]) -> None: ...


class Comparison(Protocol):
    def look(self, order_ids: Iterable[str]) -> Iterator[tuple[Case, list[Finding]]]: ...


@dataclass(frozen=True)
class Result:
    """A finding, and the outcome of its repair."""

    finding: Finding
    outcome: str | None = None

    @property
    def is_done(self) -> bool:
        return self.finding.is_note or self.outcome == REPAIRED


@dataclass
class Repair:
    publisher: EventPublisher
    sweep: Comparison
    within: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _refused: dict[str, str] = field(default_factory=dict)
    _published: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)

    def run(self, findings: Sequence[Finding]) -> list[Result]:
        """Every finding; with the outcome, if it can be repaired."""
        ids = list(dict.fromkeys(_order_of(finding) for finding in findings if finding.mend))
        left: dict[str, list[Finding]] = {}
        for start in range(0, len(ids), AT_ONCE):
            left |= self._repair(ids[start : start + AT_ONCE])
        return [Result(finding, self._outcome(finding, left) if finding.mend else None) for finding in findings]

    def _outcome(self, finding: Finding, left: dict[str, list[Finding]]) -> str:
        order_id = _order_of(finding)
        if all(each.kind is not finding.kind for each in left.get(order_id, ())):
            return REPAIRED
        refused = self._refused.get(order_id)
        return f"cannot be repaired: {refused}" if refused else NOT_YET

    def _repair(self, order_ids: list[str]) -> dict[str, list[Finding]]:
        """The orders with their remaining repairs, when all are repaired or the time is over."""
        ends = self.clock() + self.within
        while True:
            left = self._compare(order_ids)
            waiting = [order_id for order_id in left if order_id not in self._refused]
            if not waiting or self.clock() >= ends:
                return left
            self.sleep(COMPARE_SECONDS)

    def _compare(self, order_ids: Iterable[str]) -> dict[str, list[Finding]]:
        left: dict[str, list[Finding]] = {}
        for case, found in self.sweep.look(order_ids):
            repairable = [finding for finding in found if finding.mend]
            if repairable:
                left[case.order_id] = repairable
                self._publish_missing(case, repairable)
        return left

    def _publish_missing(self, case: Case, findings: list[Finding]) -> None:
        """Publish once; again only when other events are missing now, or when nothing has changed for long."""
        wanted = frozenset(name for finding in findings for name in finding.mend)
        last, at = self._published.get(case.order_id, (frozenset(), 0.0))
        if case.order_id in self._refused or (wanted <= last and self.clock() - at < REPUBLISH_SECONDS):
            return
        try:
            self.publisher.publish(facts_of(case, findings))
        except (CannotTell, InvalidEvent) as error:
            self._refused[case.order_id] = str(error)
        self._published[case.order_id] = (wanted, self.clock())


def _order_of(finding: Finding) -> str:
    """Only findings about an order can be repaired by events."""
    return finding.ids["orderId"]

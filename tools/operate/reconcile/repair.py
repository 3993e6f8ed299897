"""Publishes missed events again, until the findings that they repair are gone.

Some orders need several rounds: payment captures after DeliveryCompleted, and only then can PaymentCaptured be missing.
Each round publishes only what the last inspection found, so a second repair publishes nothing.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ecom.errors import InvalidEvent
from ecom.events import OutgoingEvent
from reconciliation_service.findings import Finding
from reconciliation_service.repair import MissingData, events_of
from reconciliation_service.snapshots import OrderRecords

POLL_SECONDS = 1.0
# Consumers retry with growing waits: publishing again while an event waits does not help.
REPUBLISH_SECONDS = 15.0
BATCH = 100

REPAIRED = "repaired"
NOT_YET = "published again, not repaired in time: run `make reconcile` again later"


class EventPublisher(Protocol):
    def publish(self, events: Sequence[OutgoingEvent]) -> None: ...


class OrderInspector(Protocol):
    def inspect(self, order_ids: Iterable[str]) -> Iterator[tuple[OrderRecords, list[Finding]]]: ...


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
    sweep: OrderInspector
    within: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _refused: dict[str, str] = field(default_factory=dict)
    _published: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)

    def repair(self, findings: Sequence[Finding]) -> list[Result]:
        """Every finding; those that can be repaired with their outcome."""
        ids = list(dict.fromkeys(_order_of(finding) for finding in findings if finding.repair_events))
        left: dict[str, list[Finding]] = {}
        for start in range(0, len(ids), BATCH):
            left |= self._repair(ids[start : start + BATCH])
        return [
            Result(finding, self._outcome(finding, left) if finding.repair_events else None) for finding in findings
        ]

    def _outcome(self, finding: Finding, left: dict[str, list[Finding]]) -> str:
        order_id = _order_of(finding)
        if all(each.kind is not finding.kind for each in left.get(order_id, ())):
            return REPAIRED
        refused = self._refused.get(order_id)
        return f"cannot be repaired: {refused}" if refused else NOT_YET

    def _repair(self, order_ids: list[str]) -> dict[str, list[Finding]]:
        """What is still to be repaired, by order, when all is done or the time is over."""
        ends = self.clock() + self.within
        while True:
            left = self._inspect(order_ids)
            waiting = [order_id for order_id in left if order_id not in self._refused]
            if not waiting or self.clock() >= ends:
                return left
            self.sleep(POLL_SECONDS)

    def _inspect(self, order_ids: Iterable[str]) -> dict[str, list[Finding]]:
        left: dict[str, list[Finding]] = {}
        for records, found in self.sweep.inspect(order_ids):
            repairable = [finding for finding in found if finding.repair_events]
            if repairable:
                left[records.order_id] = repairable
                self._publish(records, repairable)
        return left

    def _publish(self, records: OrderRecords, findings: list[Finding]) -> None:
        """Publish once, and again only when another event is missing or nothing changed for a while."""
        wanted = frozenset(name for finding in findings for name in finding.repair_events)
        last, at = self._published.get(records.order_id, (frozenset(), 0.0))
        if records.order_id in self._refused or (wanted <= last and self.clock() - at < REPUBLISH_SECONDS):
            return
        try:
            self.publisher.publish(events_of(records, findings))
        except (MissingData, InvalidEvent) as error:
            self._refused[records.order_id] = str(error)
        self._published[records.order_id] = (wanted, self.clock())


def _order_of(finding: Finding) -> str:
    """Only findings about orders can be repaired by events."""
    return finding.ids["orderId"]

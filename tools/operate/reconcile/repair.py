"""Facts told again, and looked at again, until what they repair_events is gone.

Some orders need more than one round: told that it was delivered, an order has its money captured, and only then is told
of that. Each round tells only what the last look still found, so a second repair finds nothing to tell.
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
# Facts wait in queues, with waits that grow: telling them again while they wait is no help.
REPUBLISH_SECONDS = 15.0
BATCH = 100

REPAIRED = "mended"
NOT_YET = "told again, and not mended within the time: look again later"


class EventPublisher(Protocol):
    def publish(self, events: Sequence[OutgoingEvent]) -> None: ...


class OrderInspector(Protocol):
    def inspect(self, order_ids: Iterable[str]) -> Iterator[tuple[OrderRecords, list[Finding]]]: ...


@dataclass(frozen=True)
class Result:
    """A finding, and what became of it when it was to be mended."""

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
        """Every finding, those that can be mended with what became of them."""
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
        return f"cannot be mended: {refused}" if refused else NOT_YET

    def _repair(self, order_ids: list[str]) -> dict[str, list[Finding]]:
        """Those orders, with what is still to be mended about each, when all is done or the time is over."""
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
        """Once, and again only when something else is missing now or nothing came of it for long."""
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
    """Only what is wrong about an order can be mended by telling."""
    return finding.ids["orderId"]

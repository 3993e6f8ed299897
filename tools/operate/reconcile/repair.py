"""Facts told again, and looked at again, until what they mend is gone.

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
from reconciliation_service.repair import CannotTell, facts_of
from reconciliation_service.snapshots import Case

LOOK_SECONDS = 1.0
# Facts wait in queues, with waits that grow: telling them again while they wait is no help.
PATIENCE_SECONDS = 15.0
AT_ONCE = 100

MENDED = "mended"
NOT_YET = "told again, and not mended within the time: look again later"


class Tells(Protocol):
    def publish(self, events: Sequence[OutgoingEvent]) -> None: ...


class Looks(Protocol):
    def look(self, order_ids: Iterable[str]) -> Iterator[tuple[Case, list[Finding]]]: ...


@dataclass(frozen=True)
class Result:
    """A finding, and what became of it when it was to be mended."""

    finding: Finding
    outcome: str | None = None

    @property
    def is_done(self) -> bool:
        return self.finding.is_note or self.outcome == MENDED


@dataclass
class Repair:
    publisher: Tells
    sweep: Looks
    within: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _refused: dict[str, str] = field(default_factory=dict)
    _told: dict[str, tuple[frozenset[str], float]] = field(default_factory=dict)

    def mend(self, findings: Sequence[Finding]) -> list[Result]:
        """Every finding, those that can be mended with what became of them."""
        ids = list(dict.fromkeys(_order_of(finding) for finding in findings if finding.mend))
        left: dict[str, list[Finding]] = {}
        for start in range(0, len(ids), AT_ONCE):
            left |= self._mend(ids[start : start + AT_ONCE])
        return [Result(finding, self._outcome(finding, left) if finding.mend else None) for finding in findings]

    def _outcome(self, finding: Finding, left: dict[str, list[Finding]]) -> str:
        order_id = _order_of(finding)
        if all(each.kind is not finding.kind for each in left.get(order_id, ())):
            return MENDED
        refused = self._refused.get(order_id)
        return f"cannot be mended: {refused}" if refused else NOT_YET

    def _mend(self, order_ids: list[str]) -> dict[str, list[Finding]]:
        """Those orders, with what is still to be mended about each, when all is done or the time is over."""
        ends = self.clock() + self.within
        while True:
            left = self._look(order_ids)
            waiting = [order_id for order_id in left if order_id not in self._refused]
            if not waiting or self.clock() >= ends:
                return left
            self.sleep(LOOK_SECONDS)

    def _look(self, order_ids: Iterable[str]) -> dict[str, list[Finding]]:
        left: dict[str, list[Finding]] = {}
        for case, found in self.sweep.look(order_ids):
            mendable = [finding for finding in found if finding.mend]
            if mendable:
                left[case.order_id] = mendable
                self._tell(case, mendable)
        return left

    def _tell(self, case: Case, findings: list[Finding]) -> None:
        """Once, and again only when something else is missing now or nothing came of it for long."""
        wanted = frozenset(name for finding in findings for name in finding.mend)
        last, at = self._told.get(case.order_id, (frozenset(), 0.0))
        if case.order_id in self._refused or (wanted <= last and self.clock() - at < PATIENCE_SECONDS):
            return
        try:
            self.publisher.publish(facts_of(case, findings))
        except (CannotTell, InvalidEvent) as error:
            self._refused[case.order_id] = str(error)
        self._told[case.order_id] = (wanted, self.clock())


def _order_of(finding: Finding) -> str:
    """Only what is wrong about an order can be mended by telling."""
    return finding.ids["orderId"]

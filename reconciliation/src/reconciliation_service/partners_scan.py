"""Reads all requests of partners, with their orders. What looks wrong is read again, consistently, a moment later.

Notes (findings that need no repair, `Finding.is_note`) are not read again: each page may have some, and the scan would
wait at each.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ecom.dynamo import Item
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.partner_orders import judge_request
from reconciliation_service.repository import Repository
from reconciliation_service.scans import Scan, ScanPage
from reconciliation_service.snapshots import PartnerRequest

PARTNERS = "partners"


@dataclass(frozen=True, slots=True)
class PartnersScan:
    repository: Repository
    now: datetime
    limits: Limits
    pause: Callable[[], None]

    def scans(self) -> list[Scan]:
        return [Scan(PARTNERS, self._pages)]

    def _pages(self, start: Item | None) -> Iterator[ScanPage]:
        for page in self.repository.partner_requests(start):
            first = self._findings(page.rows)
            findings = [finding for finding in first if finding.is_note]
            suspects = [finding.ids["orderId"] for finding in first if not finding.is_note]
            if suspects:
                self.pause()
                findings += self._findings(self.repository.partner_requests_by_id(suspects))
            yield ScanPage(len(page.rows), page.end, findings=findings)

    def _findings(self, requests: Iterable[PartnerRequest]) -> list[Finding]:
        known = {each.order_id: each for each in requests}
        orders = {each.order_id: each for each in self.repository.orders_by_id(known, consistent=True)}
        return [
            finding
            for order_id, request in known.items()
            for finding in judge_request(request, orders.get(order_id), self.now, self.limits)
        ]

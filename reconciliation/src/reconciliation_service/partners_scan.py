"""Reads all requests of partners, with their orders. What looks wrong is read again, consistently, a moment later."""

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
            findings = self._findings(page.rows)
            if findings:
                self.pause()
                again = self.repository.partner_requests_by_id(finding.ids["orderId"] for finding in findings)
                findings = self._findings(again)
            yield ScanPage(len(page.rows), page.end, findings=findings)

    def _findings(self, requests: Iterable[PartnerRequest]) -> list[Finding]:
        known = {each.order_id: each for each in requests}
        orders = {each.order_id: each for each in self.repository.orders_by_id(known, consistent=True)}
        return [
            finding
            for order_id, request in known.items()
            for finding in judge_request(request, orders.get(order_id), self.now, self.limits)
        ]

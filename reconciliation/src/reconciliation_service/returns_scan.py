"""Reads all returns, with what payment and the warehouse have about them. What looks wrong is read again some seconds
later, consistently."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ecom.dynamo import Item
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.repository import Repository
from reconciliation_service.returned_goods import judge_return
from reconciliation_service.scans import Scan, ScanPage

RETURNS = "returns"


@dataclass(frozen=True, slots=True)
class ReturnsScan:
    repository: Repository
    now: datetime
    limits: Limits
    pause: Callable[[], None]

    def scans(self) -> list[Scan]:
        return [Scan(RETURNS, self._pages)]

    def _pages(self, start: Item | None) -> Iterator[ScanPage]:
        for page in self.repository.returns(start):
            found = [each for each in page.rows if each is not None]
            joined = self.repository.with_money_and_goods(found)
            suspects = [each.value.return_id for each in joined if judge_return(each, self.now, self.limits)]
            yield ScanPage(len(page.rows), page.end, findings=self._confirmed(suspects))

    def _confirmed(self, return_ids: list[str]) -> list[Finding]:
        if not return_ids:
            return []
        self.pause()
        again = self.repository.returns_by_id(return_ids)
        return [finding for each in again for finding in judge_return(each, self.now, self.limits)]

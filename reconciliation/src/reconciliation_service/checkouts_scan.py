"""Reads all checkouts of carts. The units of one whose order exists have left the cart: its row says so. What looks
wrong is read again some seconds later, consistently.

A storefront can ask for an order under the same id after the checkout was refused. That order took nothing out of a
cart: only those of the channel `cart` did."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ecom.dynamo import Item
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.repository import Repository
from reconciliation_service.scans import Scan, ScanPage
from reconciliation_service.snapshots import Order

CHECKOUTS = "checkouts"
CART = "cart"


@dataclass(frozen=True, slots=True)
class CheckoutsScan:
    repository: Repository
    now: datetime
    limits: Limits
    pause: Callable[[], None]

    def scans(self) -> list[Scan]:
        return [Scan(CHECKOUTS, self._pages)]

    def _pages(self, start: Item | None) -> Iterator[ScanPage]:
        for page in self.repository.checkouts(start):
            open_ids = [each.order_id for each in page.rows if not each.is_taken]
            findings = self._findings(self.repository.orders_by_id(open_ids))
            if findings:
                self.pause()
                again = self.repository.open_checkouts(finding.ids["orderId"] for finding in findings)
                findings = [finding for finding in findings if finding.ids["orderId"] in again]
            yield ScanPage(len(page.rows), page.end, findings=findings)

    def _findings(self, orders: Iterable[Order]) -> list[Finding]:
        return [finding for order in orders for finding in judge_checkout(order, self.now, self.limits)]


def judge_checkout(order: Order, now: datetime, limits: Limits) -> Iterator[Finding]:
    """The order of a checkout whose units have not left the cart. Pure."""
    since = order.created_at
    if order.channel != CART:
        return
    if since is None or now - since >= limits.in_flight:
        expected = "what was ordered has left the cart"
        ids = {"orderId": order.order_id}
        yield Finding(Kind.CART_KEEPS_ORDERED, ids, "the checkout is open, and its order exists", expected, since)

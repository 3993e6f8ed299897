"""Whether partners' requests and orders know of each other.

A request is stored before its order is asked for, and stays when the order exists. So a partner's order without its
request is a defect: its partner can neither see nor cancel it. A request without an order was refused, or is one whose
answer the partner never got, and which it did not repeat.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.repository import Repository
from reconciliation_service.snapshots import Order, PartnerRequest


def judge_request(request: PartnerRequest, order: Order | None, now: datetime, limits: Limits) -> Iterator[Finding]:
    """A request, and the order that it was for. Pure."""
    ids, since = {"orderId": request.order_id, "partner": request.partner}, request.created_at
    if order is not None:
        if order.user_id != request.user_id:
            actual = "the order belongs to another user"
            yield Finding(Kind.PARTNER_ORDER_DIFFERS, ids, actual, f"it belongs to {request.user_id}", since)
    elif not request.is_refused and _is_due(since, now, limits) and not _is_given_up(since, now, limits):
        actual, expected = "the request has no order", "the partner repeats it, or gave up"
        yield Finding(Kind.PARTNER_REQUEST_UNANSWERED, ids, actual, expected, since)


def judge_orders(orders: Iterable[Order], repository: Repository, now: datetime, limits: Limits) -> Iterator[Finding]:
    """Partners' orders of a page that have no request."""
    own = {each.order_id: each for each in orders if each.partner and _is_due(each.created_at, now, limits)}
    if not own:
        return
    known = {each.order_id for each in repository.partner_requests_by_id(own)}
    for order in repository.orders_by_id(own.keys() - known, consistent=True):  # those that were not deleted meanwhile
        ids = {"orderId": order.order_id, "partner": order.partner}
        expected = "partners has the request with its reference"
        yield Finding(Kind.PARTNER_ORDER_UNKNOWN, ids, "partners does not know the order", expected, order.created_at)


def _is_due(since: datetime | None, now: datetime, limits: Limits) -> bool:
    return since is None or now - since >= limits.in_flight


def _is_given_up(since: datetime | None, now: datetime, limits: Limits) -> bool:
    return since is not None and now - since >= limits.unanswered

"""The deliveries table in memory, which passes the same contract suite as the real one."""

from dataclasses import replace
from datetime import datetime

from delivery_service.domain import Delivery, Move, Status
from delivery_service.errors import NoSuchDelivery, NotDeliverable
from delivery_service.repository import PAGE, Listed, Page
from ecom import pages
from ecom.times import timestamp


class DeliveriesInMemory:
    def __init__(self, *deliveries: Delivery) -> None:
        self.items: dict[str, Delivery] = {each.order_id: each for each in deliveries}
        self.moved_by: dict[str, str] = {}

    def get(self, order_id: str) -> Delivery | None:
        return self.items.get(order_id)

    def open(self, delivery: Delivery, correlation_id: str) -> None:
        self.items.setdefault(delivery.order_id, delivery)

    def move(self, order_id: str, move: Move, now: datetime, request_id: str) -> None:
        found = self.items.get(order_id)
        if found is None:
            raise NoSuchDelivery(order_id)
        if found.status is move.after and self.moved_by.get(order_id) == request_id:
            return
        if found.status is not move.before:
            raise NotDeliverable(order_id, found.status, move.after)
        self.items[order_id] = replace(found, status=move.after, since=now)
        self.moved_by[order_id] = request_id

    def new(self, token: str | None) -> Page:
        start = pages.decode_token("deliveries", token, {"orderId": None, "queue": "NEW", "since": None})
        waiting = sorted((timestamp(each.since), each.order_id) for each in self.items.values() if is_new(each))
        rest = [key for key in waiting if start is None or key > (start["since"], start["orderId"])]
        page = rest[:PAGE]
        last = {"orderId": page[-1][1], "queue": "NEW", "since": page[-1][0]} if len(rest) > PAGE else None
        listed = [Listed(order_id, self.items[order_id].address) for _, order_id in page]
        return Page(listed, pages.encode_token("deliveries", last))


def is_new(delivery: Delivery) -> bool:
    return delivery.status is Status.NEW

"""The deliveries table in memory. Passes the same contract suite as the real one."""

from dataclasses import replace
from datetime import datetime

from delivery_service.domain import Delivery, Shipment, Status, Step
from delivery_service.errors import IllegalStep, NoSuchDelivery
from delivery_service.repository import PAGE, SCOPE, NewDelivery
from ecom import pages
from ecom.pages import Page
from ecom.times import timestamp


class DeliveriesInMemory:
    """`written_by` has the correlation id or request id of the last write of each delivery."""

    def __init__(self, *deliveries: Delivery) -> None:
        self.items: dict[str, Delivery] = {delivery.order_id: delivery for delivery in deliveries}
        self.written_by: dict[str, str] = {}

    def get(self, order_id: str) -> Delivery | None:
        return self.items.get(order_id)

    def open(self, delivery: Delivery, correlation_id: str) -> None:
        if delivery.order_id not in self.items:
            self.items[delivery.order_id] = delivery
            self.written_by[delivery.order_id] = correlation_id

    def take_step(
        self, order_id: str, step: Step, now: datetime, request_id: str, shipment: Shipment | None = None
    ) -> None:
        found = self.items.get(order_id)
        if found is None:
            raise NoSuchDelivery(order_id)
        is_repeat = self.written_by.get(order_id) == request_id
        if shipment is not None and shipment.is_named:
            is_repeat = found.shipment == shipment
        if found.status is step.after and is_repeat:
            return
        if found.status is not step.before:
            raise IllegalStep(order_id, found.status, step.after)
        self.items[order_id] = replace(found, status=step.after, since=now, shipment=shipment or found.shipment)
        self.written_by[order_id] = request_id

    def page_of_new(self, token: str | None) -> Page[NewDelivery]:
        start = pages.decode_token(SCOPE, token, {"orderId": None, "since": None}, sort_key="since")
        new = sorted(
            (timestamp(delivery.since), delivery.order_id)
            for delivery in self.items.values()
            if delivery.status is Status.NEW
        )
        left = [key for key in new if start is None or key > (start["since"], start["orderId"])]
        page = left[:PAGE]
        last = {"orderId": page[-1][1], "since": page[-1][0]} if len(left) > PAGE else None
        items = [NewDelivery(order_id, self.items[order_id].address) for _, order_id in page]
        return Page(items, pages.encode_token(SCOPE, last))

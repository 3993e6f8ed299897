"""A Hypothesis state machine: commands and events in any order, repeated and late, with invariants."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ecom.errors import CallerFault
from ecom.events import IncomingEvent, parse
from ecom_testkit.lambda_events import bus_event
from warehouse.tests.builders import LIFETIME, NOON, SCHEMAS, handle
from warehouse_service import domain, reservations
from warehouse_service.domain import Line, Request, Status
from warehouse_service.errors import InsufficientStock
from warehouse_service.repository import Decide, Warehouse
from warehouse_service.stock import Stock

ORDERS = st.sampled_from(["order-1", "order-2", "order-3"])
PRODUCTS = ["kettle", "cup", "pot"]
RESERVED = (Status.HELD, Status.NEW, Status.IN_PROGRESS)
WANTED = st.dictionaries(st.sampled_from(PRODUCTS), st.integers(1, 6), min_size=1)


def order_event(detail_type: str, order_id: str, wanted: dict[str, int], sequence: int = 1) -> IncomingEvent[Any]:
    products = [{"productId": product_id, "quantity": quantity} for product_id, quantity in wanted.items()]
    order = {"orderId": order_id, "products": products, "status": "NEW"}
    metadata = {"sequence": sequence}
    modified = {"old": {"orderId": order_id}, "new": order, "changed": ["products"], "metadata": metadata}
    detail = modified if detail_type == "OrderModified" else {**order, "metadata": metadata}
    source = "ecommerce.delivery" if detail_type == "DeliveryFailed" else "ecommerce.orders"
    return parse(bus_event(source, detail_type, detail, resources=[order_id]), SCHEMAS)


class WarehouseMachine(RuleBasedStateMachine):
    warehouse: Warehouse

    def empty_warehouse(self) -> Warehouse:
        raise NotImplementedError

    @initialize()
    def open(self) -> None:
        self.warehouse = self.empty_warehouse()
        self.now = NOON
        self.handled: list[IncomingEvent[Any]] = []
        self.known: set[str] = set()
        # By product: the units at the last count, plus those that had left in packages by then.
        self.counted: dict[str, int] = {}

    # --- calls of other services ---

    @rule(order_id=ORDERS, wanted=WANTED)
    def reserve(self, order_id: str, wanted: dict[str, int]) -> None:
        self.known.add(order_id)
        before, overdue = self.snapshot(), self.due()
        try:
            made = reservations.reserve(self.warehouse, order_id, wanted, self.now, LIFETIME, "request")
        except InsufficientStock:
            assert overdue or self.snapshot() == before
            return
        assert self.snapshot()[0][order_id] == made
        after_once = self.snapshot()
        assert reservations.reserve(self.warehouse, order_id, wanted, self.now, LIFETIME, "request") == made
        assert self.snapshot() == after_once

    @rule(order_id=ORDERS)
    def cancel(self, order_id: str) -> None:
        self.known.add(order_id)
        self.command(order_id, lambda request, _: domain.cancel(request, order_id, self.now))

    # --- staff ---

    @rule(product_id=st.sampled_from(PRODUCTS), on_hand=st.integers(0, 15))
    def count(self, product_id: str, on_hand: int) -> None:
        try:
            stock = self.warehouse.set_stock(product_id, on_hand, "request")
        except CallerFault:
            return
        assert stock.on_hand == on_hand
        self.counted[product_id] = on_hand + units_in_packages(self.snapshot()[0], product_id)

    @rule(order_id=ORDERS)
    def start(self, order_id: str) -> None:
        self.command(order_id, lambda request, _: domain.start(request, order_id, self.now))

    @rule(order_id=ORDERS, product_id=st.sampled_from(PRODUCTS), quantity=st.integers(0, 6))
    def pack(self, order_id: str, product_id: str, quantity: int) -> None:
        self.command(order_id, lambda request, _: domain.pack(request, order_id, product_id, quantity))

    @rule(order_id=ORDERS)
    def complete(self, order_id: str) -> None:
        self.command(order_id, lambda request, _: domain.complete(request, order_id, self.now))

    # --- events ---

    @rule(
        order_id=ORDERS,
        wanted=WANTED,
        kind=st.sampled_from(["OrderCreated", "OrderModified", "OrderDeleted", "DeliveryFailed"]),
        sequence=st.integers(1, 4),
    )
    def handle_event(self, order_id: str, wanted: dict[str, int], kind: str, sequence: int) -> None:
        if kind == "OrderCreated":
            self.known.add(order_id)
        event = order_event(kind, order_id, wanted, sequence)
        self.handled.append(event)
        handle(event, self.warehouse, self.now)
        after_once = self.snapshot()
        handle(event, self.warehouse, self.now)
        assert self.snapshot() == after_once, "a repeated event changes nothing"

    @precondition(lambda self: self.handled)
    @rule(data=st.data())
    def repeat_an_event_late(self, data: st.DataObject) -> None:
        handle(data.draw(st.sampled_from(self.handled)), self.warehouse, self.now)

    # --- time ---

    @rule(seconds=st.integers(1, 1000))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def lapse(self) -> None:
        self.warehouse.lapse(self.due(), self.now, "request")
        assert not self.due()

    # --- invariants ---

    @invariant()
    def stock_is_balanced(self) -> None:
        """No negative units; reserved units belong to requests; counted units are on hand or have left in packages."""
        requests, stock = self.snapshot()
        assert set(requests) <= self.known, "an unknown order has an item"
        for product_id, each in stock.items():
            assert each.available >= 0
            assert each.reserved == sum(line.quantity for line in lines(requests, product_id, *RESERVED))
            assert each.on_hand + units_in_packages(requests, product_id) == self.counted[product_id]

    def command(self, order_id: str, decide: Decide) -> None:
        before = self.snapshot()
        try:
            self.warehouse.change(order_id, decide, "request")
        except CallerFault:
            assert self.snapshot() == before

    def snapshot(self) -> tuple[dict[str, Request], dict[str, Stock]]:
        requests = {name: self.warehouse.request(name) for name in ("order-1", "order-2", "order-3")}
        stock = {name: self.warehouse.stock(name) for name in PRODUCTS}
        return (
            {name: each for name, each in requests.items() if each},
            {name: each for name, each in stock.items() if each},
        )

    def due(self) -> list[str]:
        return self.warehouse.due_order_ids(self.now, None).items


def lines(requests: dict[str, Request], product_id: str, *statuses: Status) -> list[Line]:
    """The tracked lines of a product in requests with these statuses."""
    found = [request for request in requests.values() if request.status in statuses]
    return [line for each in found for line in each.lines if line.tracked and line.product_id == product_id]


def units_in_packages(requests: dict[str, Request], product_id: str) -> int:
    """Units that left in packages and did not come back."""
    away = {name: request for name, request in requests.items() if not request.delivery_failed}
    return sum(line.packaged for line in lines(away, product_id, Status.COMPLETED))

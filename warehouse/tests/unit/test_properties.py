"""Stock is right after commands and events in any order, repeated and late. On the fake."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import settings

from ecom.events import IncomingEvent
from warehouse.tests.builders import LOW_STOCK, complete, handle, reserve, start
from warehouse.tests.fakes import WarehouseInMemory
from warehouse.tests.machine import WarehouseMachine, order_event
from warehouse_service.domain import Status
from warehouse_service.repository import Warehouse
from warehouse_service.stock import Stock


class InMemory(WarehouseMachine):
    def empty_warehouse(self) -> Warehouse:
        return WarehouseInMemory(low_stock=LOW_STOCK)


TestInMemory = InMemory.TestCase
TestInMemory.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

CREATED = order_event("OrderCreated", "order-1", {"kettle": 2}, 1)
MODIFIED = order_event("OrderModified", "order-1", {"kettle": 3}, 2)
AGAIN = order_event("OrderModified", "order-1", {"kettle": 1, "cup": 1}, 3)
TOO_MANY = order_event("OrderModified", "order-1", {"kettle": 99}, 2)
DELETED = order_event("OrderDeleted", "order-1", {"kettle": 2}, 4)
RETURNED = order_event("DeliveryFailed", "order-1", {})


@pytest.mark.parametrize(
    ("events", "status", "kettles"),
    [
        ((CREATED, MODIFIED, AGAIN), Status.NEW, Stock("kettle", 9, 1)),
        ((CREATED, MODIFIED, RETURNED), Status.NEW, Stock("kettle", 7, 3)),
        ((CREATED, AGAIN, DELETED), Status.CANCELLED, Stock("kettle", 10, 0)),
        ((CREATED, TOO_MANY), Status.FAILED, Stock("kettle", 10, 0)),
    ],
)
def test_the_same_events_have_the_same_result_in_any_order_and_repeated(
    events: tuple[IncomingEvent[Any], ...], status: Status, kettles: Stock
) -> None:
    for order in permutations(events):
        warehouse = WarehouseInMemory(Stock("kettle", 10, 0))
        reserve(warehouse, "order-1", kettle=2)
        for event in (*order, *reversed(order), *order):
            handle(event, warehouse)
        request = warehouse.request("order-1")
        assert request
        assert (request.status, warehouse.stock("kettle")) == (status, kettles)


@pytest.mark.parametrize("early", [True, False])
def test_a_failed_delivery_has_the_same_result_before_and_after_packaging(early: bool) -> None:
    warehouse = WarehouseInMemory(Stock("kettle", 10, 0))
    reserve(warehouse, "order-1", kettle=2)
    handle(CREATED, warehouse)
    if early:
        handle(RETURNED, warehouse)
    start(warehouse, "order-1")
    complete(warehouse, "order-1")
    for _ in range(5):
        handle(RETURNED, warehouse)
    assert warehouse.stock("kettle") == Stock("kettle", 10, 0)
    request = warehouse.request("order-1")
    assert request
    assert (request.status, request.delivery_failed) == (Status.COMPLETED, True)

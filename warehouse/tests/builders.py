"""Requests, stock and events for tests, valid by default."""

from datetime import UTC, datetime, timedelta
from typing import Any

import warehouse_service
from ecom.consumer import dispatch
from ecom.events import IncomingEvent
from ecom.schemas import Schemas
from warehouse_service import domain, order_events
from warehouse_service.domain import Request
from warehouse_service.repository import Decide, Warehouse
from warehouse_service.stock import UnitsByProduct

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)
LOW_STOCK = 5
SCHEMAS = Schemas.of_service(warehouse_service.__file__)


def held(order_id: str = "order-1", kettles: int = 2, now: datetime = NOON, **available: int | None) -> Request:
    """A reservation of kettles, which are tracked by default."""
    return domain.reserve(None, order_id, {"kettle": kettles}, {"kettle": 100, **available}, now, LIFETIME)


def reserving(order_id: str, wanted: dict[str, int], now: datetime = NOON) -> Decide:
    return lambda request, available: domain.reserve(request, order_id, wanted, available, now, LIFETIME)


def accepting(order_id: str, wanted: dict[str, int], now: datetime = NOON) -> Decide:
    return lambda request, available: domain.accept(request, order_id, wanted, available, now)


def reserve(warehouse: Warehouse, order_id: str, now: datetime = NOON, **wanted: int) -> Request:
    made = warehouse.change(order_id, reserving(order_id, wanted, now), "request-1", wanted, expect_new=True)
    assert made
    return made


def accept(warehouse: Warehouse, order_id: str, now: datetime = NOON, **wanted: int) -> Request:
    made = warehouse.change(order_id, accepting(order_id, wanted, now), "request-2", wanted)
    assert made
    return made


def start(warehouse: Warehouse, order_id: str, now: datetime = NOON) -> Request | None:
    return warehouse.change(order_id, lambda request, _: domain.start(request, order_id, now), "request-3")


def complete(warehouse: Warehouse, order_id: str) -> Request | None:
    return warehouse.change(order_id, lambda request, _: domain.complete(request, order_id, NOON), "request-4")


def no_change(request: Request | None, _available: UnitsByProduct) -> Request | None:
    return request


def handle(event: IncomingEvent[Any], warehouse: Warehouse, now: datetime = NOON) -> None:
    dispatch(event, order_events.handlers(warehouse, now))

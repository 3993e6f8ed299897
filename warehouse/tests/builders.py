"""Requests and stock for tests, valid unless told otherwise."""

from datetime import UTC, datetime, timedelta

import warehouse_service
from ecom.schemas import Schemas
from warehouse_service import domain
from warehouse_service.domain import Request, Shelves
from warehouse_service.repository import Decide, Warehouse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIFETIME = timedelta(minutes=15)
LOW = 5
SCHEMAS = Schemas.of_service(warehouse_service.__file__)


def held(order_id: str = "order-1", kettles: int = 2, now: datetime = NOON, **shelves: int | None) -> Request:
    """A reservation of kettles, which are counted unless told otherwise."""
    return domain.reserve(None, order_id, {"kettle": kettles}, {"kettle": 100, **shelves}, now, LIFETIME)


def reserving(order_id: str, wanted: dict[str, int], now: datetime = NOON) -> Decide:
    return lambda request, shelves: domain.reserve(request, order_id, wanted, shelves, now, LIFETIME)


def accepting(order_id: str, wanted: dict[str, int], now: datetime = NOON) -> Decide:
    return lambda request, shelves: domain.accept(request, order_id, wanted, shelves, now)


def reserve(warehouse: Warehouse, order_id: str, now: datetime = NOON, **wanted: int) -> Request:
    made = warehouse.change(order_id, reserving(order_id, wanted, now), "request-1", wanted, probably_unknown=True)
    assert made
    return made


def accept(warehouse: Warehouse, order_id: str, now: datetime = NOON, **wanted: int) -> Request:
    made = warehouse.change(order_id, accepting(order_id, wanted, now), "request-2", wanted)
    assert made
    return made


def start(warehouse: Warehouse, order_id: str) -> Request | None:
    return warehouse.change(order_id, lambda request, _: domain.start(request, order_id, NOON), "request-3")


def complete(warehouse: Warehouse, order_id: str) -> Request | None:
    return warehouse.change(order_id, lambda request, _: domain.complete(request, order_id, NOON), "request-4")


def nothing(request: Request | None, _shelves: Shelves) -> Request | None:
    return request

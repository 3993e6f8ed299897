"""The orders table and the other services, in memory."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from typing import Any, TypeVar

from ecom.dynamo import Item
from ecom.pages import Page, decode_token, encode_token
from orders_service.domain import Line, Order
from orders_service.errors import PaymentTokenUsed, UnreadableOrder
from orders_service.problems import Problem
from orders_service.repository import PAGE_SIZE, Decide
from orders_service.rows import item_from_order, order_from_item

T = TypeVar("T")


class OrdersInMemory:
    """Passes the same contract suite as the table."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.tokens: dict[str | None, str] = {}

    def item(self, order_id: str) -> Item | None:
        return self.items.get(order_id)

    def get(self, order_id: str) -> Order | None:
        item = self.items.get(order_id)
        return None if item is None else order_from_item(item)

    def create(self, order: Order) -> Order:
        existing = self.get(order.order_id)
        if existing:
            return existing
        if self.tokens.setdefault(order.payment_token, order.order_id) != order.order_id:
            raise PaymentTokenUsed("another order uses this payment token")
        self.items[order.order_id] = item_from_order(order)
        return order

    def change(self, order_id: str, decide: Decide, correlation_id: str) -> Order | None:
        order = self.get(order_id)
        if order is None:
            return None
        decided = decide(order)
        if decided is not order:
            decided = replace(decided, version=(order.version or 0) + 1, correlation_id=correlation_id)
            self.items[order_id] = item_from_order(decided)
        return decided

    def page(self, user_id: str, token: str | None) -> Page[Order]:
        scope = f"orders:{user_id}"
        start = decode_token(scope, token, {"orderId": None, "userId": user_id, "createdDate": None})
        own = [item for item in self.items.values() if item["userId"] == user_id]
        ordered = sorted(own, key=_position, reverse=True)
        left = [item for item in ordered if start is None or _position(item) < _position(start)]
        page = left[:PAGE_SIZE]
        more = len(left) > PAGE_SIZE
        key = {name: page[-1][name] for name in ("orderId", "userId", "createdDate")} if more else None
        return Page([order for item in page if (order := _order(item))], encode_token(scope, key))


def _order(item: Item) -> Order | None:
    try:
        return order_from_item(item)
    except UnreadableOrder:
        return None


def _position(item: Mapping[str, Any]) -> tuple[str, str]:
    return item["createdDate"], item["orderId"]


class OtherServices:
    """The services that orders calls. They accept everything unless a test changes that. An exception is raised."""

    def __init__(self) -> None:
        self.products: list[Problem] | Exception = []
        self.price: int | Exception = 0
        self.covers: bool | Exception = True
        self.shortages: list[Problem] | Exception = []
        self.cancelled: bool | Exception = True
        self.calls: list[str] = []

    def product_problems(self, lines: Sequence[Line], within: float) -> list[Problem]:
        return self._answer("products", self.products)

    def delivery_price(self, lines: Sequence[Line], address: Mapping[str, str], within: float) -> int:
        return self._answer("delivery-pricing", self.price)

    def payment_covers(self, payment_token: str, total: int, within: float) -> bool:
        return self._answer("payment", self.covers)

    def reserve(self, order_id: str, lines: Sequence[Line], within: float) -> list[Problem]:
        return self._answer("reserve", self.shortages)

    def cancel(self, order_id: str, within: float) -> bool:
        return self._answer("cancel", self.cancelled)

    def _answer(self, call: str, answer: T | Exception) -> T:
        self.calls.append(call)
        if isinstance(answer, Exception):
            raise answer
        return answer


class ImmediateExecutor(Executor):
    """Runs a call in the thread that submits it."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

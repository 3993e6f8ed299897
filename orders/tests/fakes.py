"""The orders table and the other services, in memory."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from ecom import pages
from orders_service.domain import Line, Order
from orders_service.errors import PaymentTokenUsed
from orders_service.problems import Problem
from orders_service.repository import PAGE, Decide, Page

T = TypeVar("T")


class OrdersInMemory:
    """Passes the same contract suite as the table."""

    def __init__(self, *orders: Order) -> None:
        self.items: dict[str, Order] = {order["orderId"]: dict(order) for order in orders}
        self.tokens: dict[str, str] = {}

    def get(self, order_id: str) -> Order | None:
        return self.items.get(order_id)

    def place(self, order: Order) -> Order:
        if order["orderId"] in self.items:
            return self.items[order["orderId"]]
        if self.tokens.setdefault(order["paymentToken"], order["orderId"]) != order["orderId"]:
            raise PaymentTokenUsed("another order uses this payment token")
        return self.items.setdefault(order["orderId"], {**order, "version": 1})

    def change(self, order_id: str, decide: Decide, correlation_id: str) -> Order | None:
        current = self.items.get(order_id)
        if current is None:
            return None
        wanted = decide(current)
        if wanted is not current:
            version = current.get("version", 0) + 1
            self.items[order_id] = {**wanted, "version": version, "correlationId": correlation_id}
        return self.items[order_id]

    def page(self, user_id: str, token: str | None) -> Page:
        scope = f"orders:{user_id}"
        start = pages.decode_token(scope, token, {"orderId": None, "userId": user_id, "createdDate": None})
        own = [order for order in self.items.values() if order["userId"] == user_id]
        ordered = sorted(own, key=_place, reverse=True)
        rest = [order for order in ordered if start is None or _place(order) < _place(start)]
        page = rest[:PAGE]
        key = {name: page[-1][name] for name in ("orderId", "userId", "createdDate")} if len(rest) > PAGE else None
        return Page(page, pages.encode_token(scope, key))


def _place(order: Mapping[str, Any]) -> tuple[str, str]:
    return order["createdDate"], order["orderId"]


class Others:
    """The services that are asked: they say yes unless told otherwise. An exception is raised, not returned."""

    def __init__(self) -> None:
        self.products: list[Problem] | Exception = []
        self.price: int | Exception = 0
        self.covers: bool | Exception = True
        self.short: list[Problem] | Exception = []
        self.cancelled: bool | Exception = True
        self.asked: list[str] = []

    def product_problems(self, lines: Sequence[Line], within: float) -> list[Problem]:
        return self._say("products", self.products)

    def delivery_price(self, lines: Sequence[Line], address: Mapping[str, str], within: float) -> int:
        return self._say("delivery-pricing", self.price)

    def payment_covers(self, payment_token: str, total: int, within: float) -> bool:
        return self._say("payment", self.covers)

    def shortages(self, order_id: str, lines: Sequence[Line], within: float) -> list[Problem]:
        return self._say("reserve", self.short)

    def cancels(self, order_id: str, within: float) -> bool:
        return self._say("cancel", self.cancelled)

    def _say(self, name: str, answer: T | Exception) -> T:
        self.asked.append(name)
        if isinstance(answer, Exception):
            raise answer
        return answer


class AtOnce(Executor):
    """Runs what it is given where it is given."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future

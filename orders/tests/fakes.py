"""The orders table and the other services, in memory."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest

from ecom.dynamo import Item
from ecom.errors import TryAgain
from ecom.pages import Page, decode_token, encode_token
from ecom.times import timestamp
from orders_service.domain import Line, Order
from orders_service.errors import PaymentTokenUsed, TooManyUnfinished, UnreadableOrder
from orders_service.problems import Problem
from orders_service.repository import PAGE_SIZE, Decide
from orders_service.rows import item_from_order, order_from_item

T = TypeVar("T")


class OrdersInMemory:
    """Passes the same contract suite as the table."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.tokens: dict[str | None, str] = {}  # token -> the order that uses it
        self.claims: dict[str | None, tuple[str, str, datetime]] = {}  # token -> order id, attempt, until

    def item(self, order_id: str) -> Item | None:
        return self.items.get(order_id)

    def get(self, order_id: str) -> Order | None:
        item = self.items.get(order_id)
        return None if item is None else order_from_item(item)

    def create(self, order: Order) -> Order:
        existing = self.get(order.order_id)
        if existing:
            return existing
        claimant = self.claims.get(order.payment_token, (order.order_id,))[0]
        if self.tokens.get(order.payment_token, claimant) != order.order_id:
            raise PaymentTokenUsed("another order uses this payment token")
        self.claims.pop(order.payment_token, None)
        self.tokens[order.payment_token] = order.order_id
        self.items[order.order_id] = item_from_order(order)
        return order

    def existing(self, order_ids: Sequence[str]) -> set[str]:
        return self.items.keys() & set(order_ids)

    def note_follower(self, order_id: str, until: datetime) -> None:
        if order_id in self.items:
            self.items[order_id] = {**self.items[order_id], "followedUntil": timestamp(until)}

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
        names = {"orderId": None, "userId": user_id, "createdDate": None}
        start = decode_token(scope, token, names, sort_key="createdDate")
        own = [item for item in self.items.values() if item["userId"] == user_id]
        ordered = sorted(own, key=_position, reverse=True)
        left = [item for item in ordered if start is None or _position(item) < _position(start)]
        page = left[:PAGE_SIZE]
        more = len(left) > PAGE_SIZE
        key = {name: page[-1][name] for name in ("orderId", "userId", "createdDate")} if more else None
        return Page([order for item in page if (order := _order(item))], encode_token(scope, key))


class PaymentTokensInMemory:
    """Passes the same contract suite as the table. It shares the tokens of orders."""

    def __init__(self, orders: OrdersInMemory, lifetime: timedelta, most: int) -> None:
        self._orders = orders
        self._lifetime, self._most = lifetime, most
        self.claims = orders.claims
        self.unfinished: list[tuple[str, str, datetime]] = []  # user id, order id, until

    def claim(self, token: str, order_id: str, attempt: str, now: datetime) -> None:
        if (user := self._orders.tokens.get(token)) is not None:
            if user != order_id:
                raise PaymentTokenUsed("another order uses this payment token")
            return
        claimant, _, until = self.claims.get(token, (order_id, "", now))
        if claimant != order_id and until >= now:
            raise PaymentTokenUsed("another order uses this payment token")
        self.claims[token] = (order_id, attempt, now + self._lifetime)

    def release(self, token: str, order_id: str, attempt: str) -> None:
        if self.claims.get(token, ("", ""))[:2] == (order_id, attempt):
            del self.claims[token]

    def check_unfinished(self, user_id: str, order_id: str, now: datetime) -> bool:
        unfinished = {other for user, other, until in self.unfinished if user == user_id and until > now}
        if order_id in unfinished:
            return True
        if len(unfinished) >= self._most:
            raise TooManyUnfinished(len(unfinished))
        return False

    def note_finished(self, user_id: str, order_id: str) -> None:
        self.unfinished = [each for each in self.unfinished if each[:2] != (user_id, order_id)]

    def note_unfinished(self, user_id: str, order_id: str, now: datetime) -> None:
        self.unfinished.append((user_id, order_id, now + self._lifetime))


@contextmanager
def lost_answers(orders: OrdersInMemory) -> Iterator[None]:
    """`create` stores the order, and its answer is lost."""
    create = orders.create

    def lost(order: Order) -> Order:
        create(order)
        raise TryAgain("no answer")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(orders, "create", lost)
        yield


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
        self.lines: list[Problem] | Exception = []
        self.catalogue: dict[str, Line] | Exception = {}
        self.price: int | Exception = 0
        self.covers: bool | Exception = True
        self.shortages: list[Problem] | Exception = []
        self.cancelled: bool | Exception = True
        self.released: bool | Exception = True
        self.settles: bool | Exception = True
        self.due_pages: list[list[str]] = [[]]
        self.reserved: dict[str, str] = {}  # order id -> attempt
        self.settled: list[tuple[list[str], list[str]]] = []
        self.calls: list[str] = []

    def product_problems(self, lines: Sequence[Line], within: float) -> list[Problem]:
        return self._answer("products", self.lines)

    def products(self, product_ids: Iterable[str], within: float) -> Mapping[str, Line]:
        catalogue = self._answer("catalogue", self.catalogue)
        return {one: catalogue[one] for one in product_ids if one in catalogue}

    def delivery_price(self, lines: Sequence[Line], address: Mapping[str, str], within: float) -> int:
        return self._answer("delivery-pricing", self.price)

    def payment_covers(self, payment_token: str, total: int, within: float) -> bool:
        return self._answer("payment", self.covers)

    def reserve(self, order_id: str, lines: Sequence[Line], attempt: str, within: float) -> list[Problem]:
        found = self._answer("reserve", self.shortages)
        if not found:
            self.reserved[order_id] = attempt
        return found

    def release(self, order_id: str, attempt: str, within: float) -> None:
        if self._answer("release", self.released) and self.reserved.get(order_id) == attempt:
            del self.reserved[order_id]

    def due(self, token: str | None) -> tuple[list[str], str | None]:
        number = int(token or 0)
        page = self._answer("due", self.due_pages)[number]
        return page, str(number + 1) if number + 1 < len(self.due_pages) else None

    def settle_due(self, abandoned: Sequence[str], owned: Sequence[str]) -> int:
        self._answer("settle", self.settles)
        self.settled.append((list(abandoned), list(owned)))
        return len(abandoned)

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

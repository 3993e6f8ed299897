"""Mistakes of an operator, made in the tables when everything else of a run is checked: one of each kind of
disagreement between services, each in rows of its own. The reconciliation has to find every one.

A mistake is made past streams and functions, as by hand in the console: no event tells of it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ecom.dynamo_values import typed
from ecom.times import timestamp
from tools.sim.invariants.reading import (
    CHECKOUTS,
    DELIVERY,
    ORDERS,
    PARTNER_REQUESTS,
    PAYMENT,
    PROVIDER,
    REFUNDS,
    RETURNS,
    WAREHOUSE,
    Reading,
)

if TYPE_CHECKING:
    from tools.sim.world import World

Row = Mapping[str, Any]
GONE: Any = object()
"""The value of an attribute that is removed."""


@dataclass(frozen=True)
class Mistake:
    """`kind` is what the reconciliation calls it, `about` the id that it names."""

    kind: str
    about: str


class Tables:
    """The rows of a run, read once, and the orders that a mistake already uses."""

    def __init__(self, world: "World") -> None:
        self._world = world
        reading = Reading(world)
        self.orders = reading.orders()
        self.payments = reading.payments()
        self.requests = reading.packaging_requests()
        self.returns = reading.returns()
        self.partners = reading.partners_requests()
        self.checkouts = reading.checkouts()
        self.now = timestamp(datetime.fromtimestamp(world.now(), UTC))
        self._used: set[str] = set()

    def take_order(self, *statuses: str, fits: Callable[[str], bool] = lambda _: True) -> str | None:
        """The id of an order in one of these statuses that no mistake uses. It is captured or void, as its status
        requires, and has no refund."""
        usual = {"FULFILLED": "CAPTURED", "CANCELLED": "VOIDED", "DELIVERY_FAILED": "VOIDED"}
        for order_id, order in sorted(self.orders.items()):
            status = str(order["status"])
            payment = self.payments.get(order_id, {})
            is_usual = payment.get("status") == usual.get(status) and not payment.get("refunded")
            if order_id not in self._used and status in statuses and is_usual and fits(order_id):
                self._used.add(order_id)
                return order_id
        return None

    def take_return(self, *statuses: str, fits: Callable[[Row], bool] = lambda _: True) -> str | None:
        """The id of a return in one of these statuses, of an order that no mistake uses."""
        for return_id, row in sorted(self.returns.items()):
            if row["status"] in statuses and row["orderId"] not in self._used and fits(row):
                self._used.add(row["orderId"])
                return return_id
        return None

    def stock_keys(self) -> list[str]:
        return sorted(str(key) for (key,) in self._world.items(WAREHOUSE) if str(key).startswith("stock#"))

    def set(self, table: str, key: str, **values: Any) -> None:
        """Change attributes of a row that exists. GONE removes one."""
        item = {**self._world.items(table)[key,], **typed({name: v for name, v in values.items() if v is not GONE})}
        for name in (name for name, value in values.items() if value is GONE):
            del item[name]
        self._world.store.tables[table].write((key,), item)

    def raise_number(self, table: str, key: str, name: str, by: int) -> None:
        self.set(table, key, **{name: int(self._world.items(table)[key,][name]["N"]) + by})

    def add(self, table: str, row: Row) -> None:
        """Store a new row."""
        made, item = self._world.store.tables[table], typed(row)
        made.write(made.key_of({name: item[name] for name in made.schema.keys.names}), item)

    def remove(self, table: str, key: str) -> None:
        """Delete a row that exists."""
        if (key,) not in self._world.items(table):
            raise KeyError(f"{table} has no {key}")
        self._world.store.tables[table].write((key,), None)


def make_mistakes(world: "World") -> list[Mistake]:
    """Make a mistake of each kind for which there are rows. Of a short run these are few: KINDS begins with those for
    which the fewest rows fit."""
    tables = Tables(world)
    return [mistake for make in KINDS for mistake in make(tables)]


# --- money ---


def _other_total(tables: Tables) -> Iterator[Mistake]:
    for difference in (1, -1):
        if order := tables.take_order("FULFILLED"):
            tables.raise_number(ORDERS, order, "total", difference)
            tables.set(ORDERS, order, modifiedDate=tables.now)
            yield Mistake("CHARGED_OTHER_AMOUNT", order)


def _charged_twice(tables: Tables) -> Iterator[Mistake]:
    """The payment names the token of another order that is captured too."""
    order, other = tables.take_order("FULFILLED"), tables.take_order("FULFILLED")
    if order and other:
        tables.set(PAYMENT, order, paymentToken=tables.orders[other]["paymentToken"])
        tables.set(ORDERS, order, modifiedDate=tables.now)
        yield Mistake("CHARGED_TWICE", order)


def _charged_and_cancelled(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("FULFILLED"):
        tables.set(ORDERS, order, status="CANCELLED", modifiedDate=tables.now)
        yield Mistake("CHARGED_NOT_DELIVERED", order)


def _order_deleted(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("FULFILLED"):
        tables.remove(ORDERS, order)
        yield Mistake("CHARGED_WITHOUT_ORDER", order)


def _hold_of_a_delivered_order(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("FULFILLED"):
        tables.set(PAYMENT, order, status="HELD")
        yield Mistake("DELIVERED_NOT_CAPTURED", order)


def _hold_of_a_cancelled_order(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("CANCELLED"):
        tables.set(PAYMENT, order, status="HELD")
        yield Mistake("HOLD_NOT_VOID", order)


def _hold_without_its_order(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("CANCELLED"):
        tables.remove(ORDERS, order)
        tables.set(PAYMENT, order, status="HELD")
        yield Mistake("PAYMENT_WITHOUT_ORDER", order)


def _provider_differs(tables: Tables) -> Iterator[Mistake]:
    """The scan of orders asks the ledger about those only that changed lately; the other order is found by the list of
    the provider's holds."""
    for has_changed in (True, False):
        if order := tables.take_order("CANCELLED"):
            token = str(tables.payments[order]["paymentToken"])
            # As payment-3p stores a hold, so that its index has it (rows.py of payment-3p).
            tables.set(PROVIDER, token, status="HELD", held="HELD#0", since=f"{tables.now}~{token}")
            if has_changed:
                tables.set(ORDERS, order, modifiedDate=tables.now)
            yield Mistake("BOOKS_DIFFER", order)


def _another_refund(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("FULFILLED"):
        tables.set(ORDERS, order, refunded=1)
        yield Mistake("REFUND_NOT_SHOWN", order)


def _payment_deleted(tables: Tables) -> Iterator[Mistake]:
    """The order is as it was before its delivery."""
    if order := tables.take_order("FULFILLED"):
        tables.set(ORDERS, order, status="PACKAGED")
        tables.remove(PAYMENT, order)
        tables.remove(DELIVERY, order)
        yield Mistake("ORDER_WITHOUT_PAYMENT", order)
        yield Mistake("NO_DELIVERY_OPENED", order)


# --- goods ---


def _request_deleted(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("FULFILLED"):
        tables.set(ORDERS, order, status="SHIPPED")
        tables.remove(WAREHOUSE, f"order#{order}")
        yield Mistake("ORDER_WITHOUT_STOCK", order)
        yield Mistake("STUCK_ORDER", order)


def _stock_kept(tables: Tables) -> Iterator[Mistake]:
    def is_tracked(order: str) -> bool:
        return any(line["tracked"] for line in tables.requests[order]["lines"])

    if order := tables.take_order("CANCELLED", fits=is_tracked):
        tables.set(WAREHOUSE, f"order#{order}", status="COMPLETED")
        yield Mistake("STOCK_NOT_BACK", order)
    if order := tables.take_order("DELIVERY_FAILED", fits=is_tracked):
        tables.set(WAREHOUSE, f"order#{order}", deliveryFailed=GONE)
        yield Mistake("STOCK_NOT_BACK", order)


def _rows_without_order(tables: Tables) -> Iterator[Mistake]:
    of_nobody: Row = {"lines": [], "since": tables.now, "expiresAt": tables.now}
    tables.add(WAREHOUSE, {**of_nobody, "id": "order#a-reservation", "status": "HELD"})
    yield Mistake("RESERVATION_NOT_LAPSED", "a-reservation")
    tables.add(WAREHOUSE, {**of_nobody, "id": "order#a-request", "status": "NEW"})
    yield Mistake("REQUEST_WITHOUT_ORDER", "a-request")
    tables.add(DELIVERY, {"orderId": "a-delivery", "status": "NEW", "since": tables.now})
    yield Mistake("DELIVERY_WITHOUT_ORDER", "a-delivery")


def _stock_miscounted(tables: Tables) -> Iterator[Mistake]:
    for key in tables.stock_keys()[:1]:
        tables.raise_number(WAREHOUSE, key, "reserved", 1)
        yield Mistake("STOCK_DOES_NOT_ADD_UP", key.removeprefix("stock#"))


# --- carts, partners and returns ---


def _cart_not_emptied(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("FULFILLED", fits=lambda order: "settledDate" in tables.checkouts.get(order, {})):
        tables.set(CHECKOUTS, order, settledDate=GONE)
        yield Mistake("CART_KEEPS_ORDERED", order)


def _partners_request(tables: Tables) -> Iterator[Mistake]:
    if order := tables.take_order("FULFILLED", fits=lambda order: order in tables.partners):
        tables.remove(PARTNER_REQUESTS, order)
        yield Mistake("PARTNER_ORDER_UNKNOWN", order)
    if order := tables.take_order("FULFILLED", "CANCELLED", fits=lambda order: order in tables.partners):
        tables.set(ORDERS, order, userId="partner:another")
        yield Mistake("PARTNER_ORDER_DIFFERS", order)


def _return_not_ended(tables: Tables) -> Iterator[Mistake]:
    if found := tables.take_return("REFUNDED", "FAILED"):
        tables.set(RETURNS, f"return#{found}", status="RECEIVED")
        yield Mistake("STUCK_RETURN", found)


def _refund_deleted(tables: Tables) -> Iterator[Mistake]:
    if found := tables.take_return("REFUNDED", fits=lambda row: bool(row.get("refund"))):
        tables.remove(REFUNDS, found)
        yield Mistake("RETURN_NOT_PAID", found)


def _restocking_deleted(tables: Tables) -> Iterator[Mistake]:
    def is_restocked(row: Row) -> bool:
        return any(line.get("restocked") for line in row["lines"])

    if found := tables.take_return("REFUNDED", "FAILED", fits=is_restocked):
        tables.remove(WAREHOUSE, f"return#{found}")
        yield Mistake("RETURN_NOT_RESTOCKED", found)


KINDS: tuple[Callable[[Tables], Iterator[Mistake]], ...] = (
    _restocking_deleted,
    _refund_deleted,
    _return_not_ended,
    _partners_request,
    _cart_not_emptied,
    _stock_kept,
    _provider_differs,
    _hold_of_a_cancelled_order,
    _hold_without_its_order,
    _other_total,
    _charged_and_cancelled,
    _order_deleted,
    _hold_of_a_delivered_order,
    _another_refund,
    _payment_deleted,
    _request_deleted,
    _charged_twice,
    _rows_without_order,
    _stock_miscounted,
)

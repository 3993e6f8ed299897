"""Invariants of every write (*At every write* in docs/simulator.md)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from ecom.dynamo_values import Item, plain
from tools.sim.dynamodb.expressions import Item as Stored
from tools.sim.dynamodb.table import Key, Table
from tools.sim.invariants import refunds
from tools.sim.invariants.announced import ANNOUNCED
from tools.sim.invariants.counts import Counts
from tools.sim.invariants.prices import Prices, sum_of, violations_of_change
from tools.sim.invariants.reading import (
    CARTS,
    DELIVERY,
    ORDERS,
    PAYMENT,
    PRODUCTS,
    PROVIDER,
    REFUNDS,
    RETURNS,
    TOKENS,
    WAREHOUSE,
    product_of,
)
from tools.sim.invariants.returns import WrittenReturns, written_restock
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

# O1, as docs/order_journey.md draws it. Events may arrive out of order, so a status may be skipped.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "NEW": frozenset({"PACKAGED", "SHIPPED", "FULFILLED", "PACKAGING_FAILED", "CANCELLED", "DELIVERY_FAILED"}),
    "PACKAGED": frozenset({"SHIPPED", "FULFILLED", "DELIVERY_FAILED"}),
    "SHIPPED": frozenset({"FULFILLED", "DELIVERY_FAILED"}),
}
REQUEST_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "HELD": frozenset({"LAPSED", "NEW", "CANCELLED", "FAILED"}),
    "LAPSED": frozenset({"HELD", "NEW", "CANCELLED", "FAILED"}),
    "NEW": frozenset({"IN_PROGRESS", "CANCELLED", "FAILED"}),
    "IN_PROGRESS": frozenset({"COMPLETED", "FAILED"}),
}
DELIVERY_TRANSITIONS: Mapping[str, frozenset[str]] = {
    "NEW": frozenset({"IN_PROGRESS"}),
    "IN_PROGRESS": frozenset({"COMPLETED", "FAILED"}),
}
MONEY_TRANSITIONS: Mapping[str, frozenset[str]] = {"HELD": frozenset({"CAPTURED", "CANCELLED"})}
RESERVES = frozenset({"HELD", "NEW", "IN_PROGRESS"})
ENDS = frozenset({"FULFILLED", "PACKAGING_FAILED", "CANCELLED", "DELIVERY_FAILED"})

SEQUENCED = (ORDERS, PAYMENT, DELIVERY, WAREHOUSE, RETURNS, PRODUCTS)
# The statuses in which a row may begin.
REQUEST_BEGINS = frozenset({"HELD", "NEW", "CANCELLED", "FAILED"})

Found = Callable[[Violation], None]


class EveryWrite:
    """Called after each write, and reports what it breaks."""

    def __init__(self, world: "World", book: "Book", found: Found) -> None:
        self._world, self._book, self._found = world, book, found
        self._began: dict[str, float] = {}
        self.ends: list[float] = []
        """Seconds from the acceptance of each order to its end."""
        self._rules = {
            ORDERS: self._order,
            WAREHOUSE: self._warehouse,
            PROVIDER: self._hold,
            DELIVERY: self._delivery,
            PAYMENT: self._payment,
            REFUNDS: self._refund,
            CARTS: self._cart,
            RETURNS: self._return,
            TOKENS: self._token,
        }
        self._returns = WrittenReturns(world)
        self._prices, self._counts = Prices(world, book, found), Counts(world, book, found)

    def __call__(self, table: Table, key: Key, old: Stored | None, new: Stored | None) -> None:
        self._sequence(table, key, old, new)
        rule = self._rules.get(table.schema.name)
        if rule is not None:
            rule(plain(old) if old is not None else None, plain(new) if new is not None else None)

    def _report(self, violations: Iterable[Violation]) -> None:
        for violation in violations:
            self._found(violation)

    def _sequence(self, table: Table, key: Key, old: Stored | None, new: Stored | None) -> None:
        """Consumers drop an event whose sequence is not above the last one: each announced change needs its own."""
        if old is None or new is None or table.schema.name not in SEQUENCED:
            return
        name = ANNOUNCED[table.schema.name][1](old, new)
        before, after = (int((row.get("version") or {"N": "0"})["N"]) for row in (old, new))
        if name is not None and after <= before:
            about = str(key[0]).removeprefix("order#")
            self._found(Violation("E3", f"{name} has the sequence {after}, the event before it {before}", about))

    def _order(self, old: Item | None, new: Item | None) -> None:
        if new is None:
            if old is not None:
                self._found(Violation("O2", "an order was deleted", old["orderId"]))
            return
        about = new["orderId"]
        if old is None:
            self._new_order(new)
            return
        if old["createdDate"] != new["createdDate"]:
            self._found(Violation("O3", "the order was created over an existing one", about))
        if old["modifiedDate"] > new["modifiedDate"]:
            self._found(Violation("E3", "the time of the order's last change went back", about))
        before, after = old["status"], new["status"]
        if before != after and after not in TRANSITIONS.get(before, frozenset()):
            self._found(Violation("O1", f"the order went from {before} to {after}", about))
        if before != after and after in ENDS:
            self.ends.append(self._world.now() - self._began[about])
        self._report(violations_of_change(old, new))

    def _new_order(self, order: Item) -> None:
        about = order["orderId"]
        self._began[about] = self._world.now()
        if order["status"] != "NEW":
            self._found(Violation("O1", f"the order began as {order['status']}", about))
        if order["total"] != sum_of(order):
            self._found(Violation("M4", f"the total {order['total']} is not the sum {sum_of(order)}", about))
        for line in order["products"]:
            if line["quantity"] < 1:
                self._found(Violation("M4", f"{line['quantity']} units of {line['productId']}", about))
        self._prices.check_new_order(order)
        self._is_reserved(order)
        self._is_covered(order)

    def _is_reserved(self, order: Item) -> None:
        """O4: the stock of an order is reserved when the order comes to exist."""
        about, wanted = order["orderId"], Counter[str]()
        for line in order["products"]:
            wanted[line["productId"]] += int(line["quantity"])
        row = self._world.store.tables[WAREHOUSE].items.get((f"order#{about}",))
        request: Item = plain(row) if row is not None else {"status": "missing", "lines": ()}
        reserved = {line["productId"]: int(line["quantity"]) for line in request["lines"]}
        if request["status"] not in RESERVES or reserved != wanted:
            why = f"accepted with {dict(wanted)}, while its reservation is {request['status']} with {reserved}"
            self._found(Violation("O4", why, about))

    def _is_covered(self, order: Item) -> None:
        """M1: the hold of an order covers its total when the order comes to exist."""
        row = self._world.store.tables[PROVIDER].items.get((order["paymentToken"],))
        authorised = int(plain(row)["authorised"]) if row is not None else 0
        if authorised < order["total"]:
            why = f"accepted for {order['total']}, and {authorised} are held"
            self._found(Violation("M1", why, order["orderId"]))

    def _warehouse(self, old: Item | None, new: Item | None) -> None:
        row = new or old or {}
        if str(row["id"]).startswith("return#"):
            self._report(written_restock(old, new))
            return
        if not str(row["id"]).startswith("order#"):
            self._stock(old, new)
            return
        self._request(str(row["id"]).removeprefix("order#"), old, new)

    def _request(self, about: str, old: Item | None, new: Item | None) -> None:
        if new is None:
            if old is not None and old["status"] not in ("LAPSED",):
                self._found(Violation("O4", f"a request that was {old['status']} was deleted", about))
            return
        before, after = (old or {}).get("status"), new["status"]
        # A product may be counted for the first time while orders of it are packed.
        lines_before = old["lines"] if old is not None and before in RESERVES else ()
        untracked = {line["productId"] for line in lines_before if not line["tracked"]}
        if after in RESERVES:
            for line in new["lines"]:
                product_id = line["productId"]
                if not line["tracked"] and product_id in self._book.counted and product_id not in untracked:
                    why = f"no {line['productId']} is reserved for it, although it is counted"
                    self._found(Violation("K1", why, about))
        if before is None and after not in REQUEST_BEGINS:
            self._found(Violation("O1", f"the packaging request began as {after}", about))
        if before is not None and before != after and after not in REQUEST_TRANSITIONS.get(before, frozenset()):
            self._found(Violation("O1", f"the packaging request went from {before} to {after}", about))
        if after == "LAPSED" and before != "LAPSED":
            order = self._world.store.tables[ORDERS].items.get((about,))
            if order is not None and order["status"]["S"] not in ENDS:
                self._found(Violation("O4", "the reservation of an accepted order lapsed", about))

    def _stock(self, old: Item | None, row: Item | None) -> None:
        if row is None:
            if old is not None and (old["available"] or old["reserved"]):
                why = f"the stock of {product_of(old)} was deleted with its units"
                self._found(Violation("K2", why, product_of(old)))
            return
        self._book.counted_since.setdefault(product_of(row), self._world.now())
        self._counts.note(product_of(row), row)
        for name in ("available", "reserved"):
            if row[name] < 0:
                self._found(Violation("K1", f"{name} of {product_of(row)} became {row[name]}", product_of(row)))

    def _delivery(self, old: Item | None, new: Item | None) -> None:
        if new is None:
            self._found(Violation("O1", "a delivery was deleted", (old or {}).get("orderId", "")))
            return
        if old is None and new["status"] != "NEW":
            self._found(Violation("O1", f"the delivery began as {new['status']}", new["orderId"]))
        before, after = (old or new)["status"], new["status"]
        if before != after and after not in DELIVERY_TRANSITIONS.get(before, frozenset()):
            self._found(Violation("O1", f"the delivery went from {before} to {after}", new["orderId"]))

    def _token(self, old: Item | None, new: Item | None) -> None:
        """O3: a payment token that pays for an order stays used. A row with `claimedUntil` is of an attempt only."""
        if old is None or "orderId" not in old or "claimedUntil" in old:
            return
        if new is None or "claimedUntil" in new or new.get("orderId") != old["orderId"]:
            self._found(Violation("O3", "the payment token of an order became free", old["orderId"]))

    def _cart(self, old: Item | None, new: Item | None) -> None:
        if old is not None and new is not None and new["version"] != old["version"] + 1:
            why = f"the version of a cart went from {old['version']} to {new['version']}"
            self._found(Violation("C1", why, str(new["cartKey"]).partition("#")[2]))

    def _payment(self, _old: Item | None, new: Item | None) -> None:
        self._report(refunds.written_payment(new) if new is not None else ())

    def _refund(self, old: Item | None, new: Item | None) -> None:
        payment = self._world.store.tables[PAYMENT].items.get(((new or old or {})["orderId"],))
        status = "missing" if payment is None else payment["status"]["S"]
        self._report(refunds.written_refund(old, new, status))

    def _return(self, old: Item | None, new: Item | None) -> None:
        self._report(self._returns.violations(old, new))

    def _hold(self, old: Item | None, new: Item | None) -> None:
        if new is None:
            self._found(Violation("M1", "a hold was deleted", (old or {}).get("paymentToken", "")))
            return
        about = new["paymentToken"]
        if old is None and new["status"] != "HELD":
            self._found(Violation("M1", f"the hold began as {new['status']}", about))
        self._report(refunds.written_hold(new))
        if old is not None and new["authorised"] > old["authorised"]:
            self._found(Violation("M1", f"the hold of {old['authorised']} grew to {new['authorised']}", about))
        if new["captured"] > new["authorised"]:
            self._found(Violation("M1", f"captured {new['captured']} of {new['authorised']}", about))
        before, after = (old or new)["status"], new["status"]
        if before != after and after not in MONEY_TRANSITIONS.get(before, frozenset()):
            self._found(Violation("M1", f"the hold went from {before} to {after}", about))
        if old is not None and old["captured"] and new["captured"] != old["captured"]:
            self._found(Violation("M1", "the captured amount changed", about))

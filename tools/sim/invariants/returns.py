"""R1: of a delivered unit at most one return holds it. M6: a return ends with its money and its goods, each once."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ecom.dynamo_values import Item, plain
from tools.sim.invariants.reading import ORDERS, RETURNS, Reading
from tools.sim.invariants.violation import Violation

if TYPE_CHECKING:
    from tools.sim.invariants.quiet_world import QuietWorld
    from tools.sim.people.book import Book
    from tools.sim.world import World

# As returns/README.md has them.
TRANSITIONS: Mapping[str, frozenset[str]] = {
    "REQUESTED": frozenset({"APPROVED", "REFUSED", "CANCELLED", "EXPIRED"}),
    "APPROVED": frozenset({"RECEIVED", "CANCELLED", "EXPIRED"}),
    "RECEIVED": frozenset({"REFUNDED", "FAILED"}),
}
CLAIMS_NO_UNITS = frozenset({"REFUSED", "CANCELLED", "EXPIRED"})
IS_BACK = frozenset({"RECEIVED", "REFUNDED", "FAILED"})
# The wait states for the clerk's decision and for the goods, and the function that sends their task tokens.
WAITS = ("AwaitDecision", "AwaitGoods")
DELIVERS = "returns-on-return-changed"
SOON_SECONDS = 90.0
# A record that failed holds back those that follow it.
BACKLOG_SECONDS = 300.0
CLOCKS_SECONDS = 60.0  # how far clocks of functions may be off
ENDS = CLAIMS_NO_UNITS | {"REFUNDED", "FAILED"}


class WrittenReturns:
    """Called after each write of the table of returns."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._of_order: dict[str, set[str]] = defaultdict(set)
        """The keys of the returns of each order."""

    def violations(self, old: Item | None, new: Item | None) -> Iterator[Violation]:
        row = new or old or {}
        if not str(row["id"]).startswith("return#") or "orderId" not in row:
            return
        about = row["orderId"]
        if new is None:
            yield Violation("R1", "a return was deleted", about)
            return
        if old is None and new["status"] != "REQUESTED":
            yield Violation("O1", f"the return began as {new['status']}", about)
        before, after = (old or new)["status"], new["status"]
        if before != after and after not in TRANSITIONS.get(before, frozenset()):
            yield Violation("O1", f"the return went from {before} to {after}", about)
        yield from _lines(old, new)
        self._of_order[about].add(new["id"])
        yield from self._r1(about, new)

    def _r1(self, about: str, new: Item) -> Iterator[Violation]:
        stored = self._world.store.tables[ORDERS].items.get((about,))
        order: Item = plain(stored) if stored is not None else {"status": "missing", "products": ()}
        if order["status"] != "FULFILLED":
            yield Violation("R1", f"a return of an order that is {order['status']}", about)
        elif order["userId"] != new["userId"]:
            yield Violation("U1", "a return of another shopper's order", about)
        delivered, held = Counter[str](), Counter[str]()
        for line in order["products"]:
            delivered[line["productId"]] += int(line["quantity"])
        rows = self._world.store.tables[RETURNS].items
        for key in sorted(self._of_order[about]):
            held.update(_held_by(plain(rows[(key,)])))
        for product, units in held.items():
            if units > delivered[product]:
                yield Violation("R1", f"returns hold {units} of {product}, {delivered[product]} were delivered", about)


def _lines(old: Item | None, new: Item) -> Iterator[Violation]:
    for line in new["lines"]:
        received, restocked = int(line.get("received", 0)), int(line.get("restocked", 0))
        if not restocked <= received <= int(line["quantity"]):
            why = f"{line['quantity']} of {line['productId']} requested, {received} received, {restocked} restocked"
            yield Violation("M6", why, new["orderId"])
    if old is not None and old["status"] in IS_BACK and old["lines"] != new["lines"]:
        yield Violation("M6", "what came back changed afterwards", new["orderId"])


def _held_by(row: Item) -> Mapping[str, int]:
    if row["status"] in CLAIMS_NO_UNITS:
        return {}
    name, held = "received" if row["status"] in IS_BACK else "quantity", Counter[str]()
    for line in row["lines"]:
        held[line["productId"]] += int(line.get(name, 0))
    return held


def written_restock(old: Item | None, new: Item | None) -> Iterator[Violation]:
    """What is wrong with a write of what the warehouse stores about a return."""
    about = str((new or old or {})["id"]).removeprefix("return#")
    if new is None:
        yield Violation("M6", "the warehouse forgot a return", about)
    elif old is not None:
        yield Violation("M6", "the warehouse restocked a return again", about)


def in_the_end(world: "World", quiet: "QuietWorld", book: "Book") -> Iterator[Violation]:
    returns, restocked = quiet.returns, quiet.restocked
    for return_id, row in sorted(returns.items()):
        about, status = row["orderId"], row["status"]
        if status not in ENDS:
            yield Violation("M6", f"the return {_short(return_id)} is {status}, and nothing goes on", about)
            continue
        yield from _money(return_id, row, quiet.refunds.get(return_id), book)
        yield from _all_of_it(return_id, row, quiet)
        yield from _prices(return_id, row, quiet.orders[about])
        yield from _goods(return_id, row, restocked.get(return_id), book.counted_since)
        yield from _came_back(return_id, row, book)
        if return_id in book.returns_cancelled and status != "CANCELLED":
            yield Violation(
                "M6", f"the return {_short(return_id)} was cancelled for the shopper, and is {status}", about
            )
    for return_id in sorted({*restocked} - {*returns}):
        yield Violation("M6", "the warehouse restocked a return that does not exist", return_id)
    yield from _free_again(returns, Reading(world).units_in_returns())
    yield from _executions(world, returns)


def _free_again(returns: Mapping[str, Item], held: Mapping[str, Mapping[str, int]]) -> Iterator[Violation]:
    """R1: units that no return holds any more can be returned again."""
    wanted: dict[str, Counter[str]] = defaultdict(Counter)
    for row in returns.values():
        wanted[row["orderId"]].update(_held_by(row))
    for order_id in sorted({*wanted, *held}):
        units = +wanted[order_id]
        if units != +Counter(held.get(order_id, {})):
            why = f"the order has {dict(held.get(order_id, {}))} as held, its returns hold {dict(units)}"
            yield Violation("R1", why, order_id)


def _money(return_id: str, row: Item, refund: Item | None, book: "Book") -> Iterator[Violation]:
    """A return that is REFUNDED has its refund, for what came back at most; others have none."""
    about, status = row["orderId"], row["status"]
    paid = int(refund["amount"]) if refund is not None and refund["status"] == "DONE" else 0
    if status != "REFUNDED" and paid:
        yield Violation("M6", f"the return {_short(return_id)} is {status}, and {paid} were paid back for it", about)
    if status == "REFUNDED":
        worth = sum(int(line.get("received", 0)) * int(line["price"]) for line in row["lines"])
        if paid != int(row["refund"]) or paid > worth:
            why = f"the return {_short(return_id)} of goods for {worth} says {row['refund']}, paid back are {paid}"
            yield Violation("M6", why, about)
    accepted = book.accepted.get(about)
    was_captured = accepted is None or accepted.payment_token not in book.declined
    if status == "FAILED" and about not in book.refunds_declined and was_captured:
        why = f"the return {_short(return_id)} is FAILED, and its refund was not to be declined: {row.get('reason')}"
        yield Violation("M6", why, about)


def _all_of_it(return_id: str, row: Item, quiet: "QuietWorld") -> Iterator[Violation]:
    """Less than the goods cost is paid back only if nothing is left of the payment."""
    about, worth = row["orderId"], sum(int(line.get("received", 0)) * int(line["price"]) for line in row["lines"])
    payment = quiet.payments.get(about, {})
    left = int(payment.get("amount", 0)) - int(payment.get("refunded", 0))
    if row["status"] == "REFUNDED" and int(row["refund"]) < worth and left > 0:
        why = f"the return {_short(return_id)} of goods for {worth} paid back {row['refund']}, and {left} are left"
        yield Violation("M6", why, about)


def _came_back(return_id: str, row: Item, book: "Book") -> Iterator[Violation]:
    """What the return says came back, and can be sold again, is what a clerk said."""
    if row["status"] not in IS_BACK:
        return
    shown = {
        line["productId"]: (int(line["received"]), int(line.get("restocked", 0)))
        for line in row["lines"]
        if line.get("received")
    }
    if shown not in book.goods_received.get(return_id, ()):
        entered = book.goods_received.get(return_id)
        why = f"the return {_short(return_id)} shows {shown} as received and restocked, clerks entered {entered}"
        yield Violation("M6", why, row["orderId"])


def _prices(return_id: str, row: Item, order: Item) -> Iterator[Violation]:
    """A unit of a return has the price of the order's line."""
    prices = {(line["productId"], int(line["price"])) for line in order["products"]}
    for line in row["lines"]:
        if (line["productId"], int(line["price"])) not in prices:
            why = f"the return {_short(return_id)} has {line['productId']} at {line['price']}, which its order has not"
            yield Violation("M6", why, row["orderId"])


def _goods(
    return_id: str, row: Item, restocked: Item | None, counted_since: Mapping[str, float]
) -> Iterator[Violation]:
    """What can be sold again is in the warehouse, once, and nothing else."""
    about, wanted = row["orderId"], Counter[str]()
    for line in row["lines"]:
        wanted[line["productId"]] += int(line.get("restocked", 0))
    wanted = +wanted
    if row["status"] in CLAIMS_NO_UNITS:
        wanted.clear()
    if restocked is None:
        if wanted:
            yield Violation(
                "M6", f"the warehouse does not know the return {_short(return_id)} of {dict(wanted)}", about
            )
        return
    units = {product: int(number) for product, number in restocked["units"].items()}
    # Products that the warehouse did not count are not among its units.
    at = datetime.fromisoformat(restocked["restockedDate"]).timestamp()
    counted = {product for product, since in counted_since.items() if since < at - CLOCKS_SECONDS}
    unclear = {product for product, since in counted_since.items() if abs(since - at) <= CLOCKS_SECONDS}
    expected = {product: number for product, number in wanted.items() if product in counted}
    if {product: number for product, number in units.items() if product not in unclear} != expected or not wanted:
        yield Violation("M6", f"{units} restocked for the return {_short(return_id)} of {dict(wanted)}", about)


def _executions(world: "World", returns: Mapping[str, Item]) -> Iterator[Violation]:
    fired = world.faults.fault_decisions.fired
    disturbed = [fault.at for fault in fired if DELIVERS in fault.where or DELIVERS in fault.text]
    for execution in world.state_machines.executions():
        return_id = execution["name"]
        if return_id in returns:
            yield from _missed(return_id, returns[return_id], execution["events"], disturbed)
        if execution["status"] != "SUCCEEDED":
            why = f"an execution is {execution['status']}: {execution['error']} {str(execution['cause'])[:300]}"
            yield Violation("E4", why, return_id)


def _missed(
    return_id: str, row: Item, events: Sequence[Mapping[str, Any]], disturbed: Sequence[float]
) -> Iterator[Violation]:
    """No wait may time out when its decision was stored 90 s earlier or more. A wait during which a fault hit the
    function that sends task tokens is left out."""
    state, waits_since = "", 0.0
    moves = [datetime.fromisoformat(move["at"]).timestamp() for move in row["history"]]
    for event in events:
        if event["type"] == "TaskStateEntered":
            state, waits_since = event["stateEnteredEventDetails"]["name"], 0.0
        elif event["type"] == "TaskSubmitted":
            waits_since = event["timestamp"]
        elif event["type"] == "TaskTimedOut" and state in WAITS and waits_since:
            place, ends = WAITS.index(state) + 1, event["timestamp"]
            if place >= len(moves) or any(moves[place] - BACKLOG_SECONDS < at < ends for at in disturbed):
                continue
            if ends > max(moves[place], waits_since) + SOON_SECONDS:
                why = f"the return {_short(return_id)} was decided, and its execution stayed in {state} till the end"
                yield Violation("M6", why, row["orderId"])


def _short(return_id: str) -> str:
    return return_id.partition("_")[2]

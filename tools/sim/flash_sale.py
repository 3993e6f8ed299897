"""`make simulate FLASH_SALE=1`: a crowd wants the one product of which there is little, all within a minute.

No fault is injected. What goes wrong comes from the crowd: transactions on the same items conflict, and partitions of
tables have DynamoDB's limits. At the end the units that were sold, the last answer to each buyer, and all promises
are checked. No packer works: accepted orders wait for staff.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import quantiles
from typing import Any

from tools.sim.appsync import GraphQLError
from tools.sim.decisions import Decisions
from tools.sim.dynamodb.partition_limits import PartitionLimits
from tools.sim.faults.base import FaultDecisions
from tools.sim.invariants.checks import Checks
from tools.sim.invariants.violation import Violation
from tools.sim.people.admin import LIGHT, Admin, name_of
from tools.sim.people.book import Book, Price
from tools.sim.people.person import GaveUp
from tools.sim.people.shopper import AGAIN, Shopper
from tools.sim.world import World

PRODUCT, PRICE = "p0", 1500
WITHIN_SECONDS = 60.0
# AWS publishes no time of a transaction; docs/scale.md counts with 20 ms.
TRANSACTION_SECONDS = (0.01, 0.03)
MOST_REQUESTS = 40
WAITS = "waits"
STEP_SECONDS = 2.0
AGAIN_SECONDS = (0.5, 3.0)


class Buyer(Shopper):
    """Wants one unit, and asks again while the answer is TRY_AGAIN."""

    requests = 0
    waited = 0.0
    outcome = WAITS

    def live(self) -> None:
        try:
            self.outcome = self._buy()
        except (GaveUp, GraphQLError) as error:
            self.outcome = f"gave up: {error}"

    def _buy(self) -> str:
        lines = self._lines([(PRODUCT, 1)])
        address = self._address()
        delivery = self.insist("getDeliveryPricing", input={"products": lines, "address": address})["pricing"]
        order = {"products": lines, "address": address, "deliveryPrice": delivery, "clientToken": self.name}
        order["paymentToken"] = self._hold_exactly(lines[0]["price"] + delivery)
        began = self.world.scheduler.now
        while True:
            self.requests += 1
            answer = self.insist("createOrder", order=order)
            self.waited = self.world.scheduler.now - began
            if answer["success"]:
                self.book.accept(answer["order"], self.name, self.user_id, order)
                return "bought"
            codes = {problem["code"] for problem in answer["problems"]}
            if not codes & set(AGAIN):
                return ", ".join(sorted(codes))
            if self.requests == MOST_REQUESTS:
                return "gave up: TRY_AGAIN"
            self.wait(*AGAIN_SECONDS, f"asks again {self.requests}")


@dataclass
class Sale:
    """What a sale came to."""

    buyers: list[Buyer]
    units: int
    violations: list[Violation] = field(default_factory=list)
    refusals: Counter[tuple[str, str]] = field(default_factory=Counter)
    most_at_once: dict[str, int] = field(default_factory=dict)
    trace: str = ""

    @property
    def outcomes(self) -> Counter[str]:
        return Counter(buyer.outcome for buyer in self.buyers)

    def lines(self) -> list[str]:
        bought = [buyer for buyer in self.buyers if buyer.outcome == "bought"]
        others = [buyer for buyer in self.buyers if buyer.outcome != "bought"]
        outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in self.outcomes.most_common())
        codes: Counter[str] = Counter()
        for (_, code), count in self.refusals.items():
            codes[code] += count
        refused = ", ".join(f"{code} {count:,}" for code, count in codes.most_common())
        busy = sorted(self.most_at_once.items(), key=lambda pair: -pair[1])[:5]
        return [
            f"{len(self.buyers):,} buyers of {self.units:,} units within {WITHIN_SECONDS:.0f} s: {outcomes}",
            f"bought:     {_waits(bought)}",
            f"others:     {_waits(others)}",
            f"DynamoDB refused: {refused or 'nothing'}",
            f"at once:    {', '.join(f'{name} {count}' for name, count in busy)}",
            f"promises broken: {', '.join(map(str, self.violations)) or 'none'}",
        ]


def run_flash_sale(
    world: World, seed: int, buyers: int, units: int, tell: Callable[[int], None] = lambda _done: None
) -> Sale:
    """Hold the sale in a fresh world. `tell` hears now and then how many buyers have their answer."""
    decisions = Decisions(seed)
    world.begin(decisions, FaultDecisions(decisions, {}, is_calm=True))
    world.store.limits = PartitionLimits(world.now)
    world.store.transactions.set(TRANSACTION_SECONDS)
    book = Book(products=[PRODUCT], stock={PRODUCT: units}, prices={PRODUCT: [Price(PRICE)]})
    checks = Checks(world, book)
    admin = Admin(world, book, "admin")
    world.background("admin opens the shop", lambda: _open(admin, units))
    world.run()
    sale = Sale([Buyer(world, book, f"buyer-{number}") for number in range(1, buyers + 1)], units)
    for buyer in sale.buyers:
        world.background(buyer.name, buyer.live, decisions.between(0.0, WITHIN_SECONDS, f"{buyer.name} arrives"))
    while any(buyer.outcome == WAITS for buyer in sale.buyers):
        world.run(world.now() + STEP_SECONDS)
        tell(sum(buyer.outcome != WAITS for buyer in sale.buyers))
    world.run()
    checks.quiet()
    sale.violations = [*checks.found, *count_violations(sale, len(book.accepted))]
    sale.refusals, sale.most_at_once = world.refusals, dict(world.functions.most_at_once)
    sale.trace = world.trace_hash()
    return sale


def _open(admin: Admin, units: int) -> None:
    product: dict[str, Any] = {"productId": PRODUCT, "name": name_of(PRODUCT), "package": LIGHT, "price": PRICE}
    admin.insist("createProduct", product=product)
    admin.count(PRODUCT, units)


def count_violations(sale: Sale, accepted: int) -> list[Violation]:
    """All units are sold to as many buyers, and createOrder answered INSUFFICIENT_STOCK to all others."""
    expected = min(sale.units, len(sale.buyers))
    found = []
    if accepted != expected:
        found.append(
            Violation("K2", f"{accepted} orders for {sale.units} units and {len(sale.buyers)} buyers", PRODUCT)
        )
    answered = sale.outcomes["bought"] + sale.outcomes["INSUFFICIENT_STOCK"]
    if answered != len(sale.buyers):
        found.append(Violation("O2", f"{len(sale.buyers) - answered} buyers got no final answer"))
    return found


def _waits(buyers: list[Buyer]) -> str:
    if len(buyers) < 2:
        return f"{len(buyers)} buyers"
    waits = quantiles([buyer.waited for buyer in buyers], n=100, method="inclusive")
    requests = Counter(buyer.requests for buyer in buyers)
    more = sum(count for number, count in requests.items() if number > 1)
    longest = max(buyer.waited for buyer in buyers)
    return (
        f"waited {waits[49]:.2f} s (half of them), {waits[98]:.2f} s (99 %), {longest:.2f} s (all); "
        f"{more:,} asked again, at most {max(requests)} requests"
    )

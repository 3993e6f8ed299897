"""All invariants of a run: those of every write, and those of the quiet world."""

import json
from collections import Counter
from typing import TYPE_CHECKING

from tools.local.delivery.model import Outcome
from tools.sim.invariants.consumers import (
    e1_every_consumer_hears,
    e1_followers_hear,
    e1_followers_see_the_order_as_it_is,
)
from tools.sim.invariants.events import (
    e1_every_change_is_published,
    e1_every_event_is_of_a_change,
    e2_e3_repeats_in_any_order_change_nothing,
)
from tools.sim.invariants.every_write import EveryWrite
from tools.sim.invariants.mails import mails_about_returns, n1_every_change_is_mailed, n2_no_mail_twice
from tools.sim.invariants.quiet_world import QuietWorld
from tools.sim.invariants.reading import Reading
from tools.sim.invariants.routes import u1_fields_are_for_their_groups, u1_routes_refuse_strangers
from tools.sim.invariants.violation import Violation
from tools.sim.invariants.wiring import (
    e1_rules_take_what_the_contracts_name,
    e4_nothing_can_be_dropped,
    functions_may_send_dead_letters,
    routes_may_invoke_their_functions,
)

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

RECONCILE = "reconciliation-every-hour-reconcile"
# Findings that are no disagreement: holds of shoppers who went away, work that waits for people.
NOTES = frozenset({"HOLD_WITHOUT_ORDER", "PARTNER_REQUEST_UNANSWERED", "WAITING_FOR_STAFF"})
REPEATED_SHARE = 0.25
MOST = 20
STOREFRONT = "storefront"
MOST_RECONCILIATIONS = 3
DAY_SECONDS = 86_400.0
OF_EVENTS = (
    e1_every_change_is_published,
    e1_every_event_is_of_a_change,
    e1_every_consumer_hears,
    e1_followers_see_the_order_as_it_is,
    n1_every_change_is_mailed,
    n2_no_mail_twice,
    mails_about_returns,
)


OF_TEMPLATES = (
    u1_routes_refuse_strangers,
    u1_fields_are_for_their_groups,
    e1_rules_take_what_the_contracts_name,
    e4_nothing_can_be_dropped,
    functions_may_send_dead_letters,
    routes_may_invoke_their_functions,
)


class Checks:
    """Collects the violations of one run."""

    def __init__(self, world: "World", book: "Book") -> None:
        self._world, self._book = world, book
        self.found: list[Violation] = []
        self._seen: set[Violation] = set()
        self.every_write = EveryWrite(world, book, self.add)
        world.store.written.append(self.every_write)

    def add(self, violation: Violation) -> None:
        if violation not in self._seen and len(self.found) < MOST:
            self._seen.add(violation)
            self.found.append(violation)
            self._world.note(f"VIOLATION {violation}")

    def quiet(self) -> None:
        """Check the world at rest. The clock goes on by a day for the reconciliation."""
        world = self._world
        for denial in sorted(world.denials):
            self.add(Violation("RIGHTS", denial))
        for check in OF_EVENTS:
            for violation in check(world):
                self.add(violation)
        for violation in QuietWorld(world, self._book).violations():
            self.add(violation)
        for violation in e1_followers_hear(world, self._book):
            self.add(violation)
        for check in OF_TEMPLATES:
            for violation in check(world):
                self.add(violation)
        self.reconcile()
        if world.decisions.happens(REPEATED_SHARE, "events are repeated"):
            for violation in e2_e3_repeats_in_any_order_change_nothing(world):
                self.add(violation)

    def reconcile(self) -> None:
        """The real reconciliation compares everything a day later. What is left at the time limit is for the next
        run, as on AWS."""
        self._world.run(self._world.now() + DAY_SECONDS)
        if not any(self._reconcile(number) for number in range(MOST_RECONCILIATIONS)):
            self.add(Violation("RECONCILE", "the reconciliation did not come to the end of its tables"))

    def _reconcile(self, number: int) -> bool:
        """It finds no disagreement. Whether it compared everything."""
        world, ends = self._world, set[str]()
        world.logs = []
        arn = next(arn for arn in world.blueprint.functions if arn.endswith(RECONCILE))
        task = world.background(
            f"reconciliation {number}", lambda: world.functions.invoke(arn, {}, f"reconciliation {number}")
        )
        world.run()
        outcome: Outcome = task.done.value
        if outcome.failed or outcome.throttled:
            self.add(Violation("RECONCILE", f"the reconciliation did not run to its end: {outcome.payload}"))
        for line in world.logs:
            text = line.partition(": ")[2]
            if line.startswith(RECONCILE) and text.startswith("{"):
                logged = json.loads(text)
                if logged.get("message") == "finding" and logged.get("kind") not in NOTES:
                    fields = ("kind", "orderId", "productId", "actual", "expected")
                    self.add(Violation("RECONCILE", " ".join(str(logged[name]) for name in fields if name in logged)))
                elif logged.get("message") == "not everything was compared":
                    self.add(Violation("RECONCILE", f"not everything was compared: {logged.get('reason')}"))
                elif logged.get("message") == "how far each part is":
                    ends = {str(part["scan"]) for part in logged["parts"]}
        world.logs = None
        return ends == {"pass ended"}

    def statuses(self) -> Counter[str]:
        return Counter(str(order.get("status")) for order in Reading(self._world).orders().values())

    def channels(self) -> Counter[str]:
        return Counter(str(order.get("channel") or STOREFRONT) for order in Reading(self._world).orders().values())

    def returns(self) -> Counter[str]:
        return Counter(str(each["status"]) for each in Reading(self._world).returns().values())

"""All invariants of a run: those of every write, and those of the quiet world."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.sim.invariants.consumers import (
    e1_every_consumer_hears,
    e1_followers_hear,
    e1_followers_see_the_order_as_it_is,
    e1_levels_are_shown,
)
from tools.sim.invariants.deletion import an_order_is_deleted
from tools.sim.invariants.events import (
    e1_every_change_is_published,
    e1_every_event_is_of_a_change,
    e2_e3_repeats_in_any_order_change_nothing,
)
from tools.sim.invariants.every_write import EveryWrite
from tools.sim.invariants.graphql_fields import a1_answers_are_whole, a1_fields_have_resolvers
from tools.sim.invariants.mails import (
    mails_about_returns,
    n1_addresses_of_new_users_are_kept,
    n1_every_change_is_mailed,
    n1_mails_name_the_amounts,
    n2_no_mail_twice,
)
from tools.sim.invariants.quiet_world import QuietWorld
from tools.sim.invariants.reading import Reading
from tools.sim.invariants.reconciling import reconcile, reconcile_mistakes
from tools.sim.invariants.refusals import u1_foreigners_are_refused, u1_roles_reach_the_platform_only
from tools.sim.invariants.routes import u1_fields_are_for_their_groups, u1_routes_refuse_strangers
from tools.sim.invariants.secrets_in_rows import u1_no_card_is_stored, u1_no_payment_token_is_stored_in_clear
from tools.sim.invariants.violation import Violation
from tools.sim.invariants.wiring import (
    e1_rules_take_what_the_contracts_name,
    e4_nothing_can_be_dropped,
    e4_steps_try_again,
    functions_may_send_dead_letters,
    routes_may_invoke_their_functions,
)

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

REPEATED_SHARE = 0.25
MAX_VIOLATIONS = 20
STOREFRONT = "storefront"
OF_RUN = (
    e1_every_change_is_published,
    e1_every_event_is_of_a_change,
    e1_every_consumer_hears,
    e1_followers_see_the_order_as_it_is,
    e1_levels_are_shown,
    u1_no_card_is_stored,
    u1_no_payment_token_is_stored_in_clear,
    n1_every_change_is_mailed,
    n1_mails_name_the_amounts,
    n1_addresses_of_new_users_are_kept,
    n2_no_mail_twice,
    mails_about_returns,
)


OF_PLATFORM = (
    u1_routes_refuse_strangers,
    u1_fields_are_for_their_groups,
    u1_foreigners_are_refused,
    u1_roles_reach_the_platform_only,
    a1_fields_have_resolvers,
    a1_answers_are_whole,
    e1_rules_take_what_the_contracts_name,
    e4_nothing_can_be_dropped,
    e4_steps_try_again,
    functions_may_send_dead_letters,
    routes_may_invoke_their_functions,
)


class Checks:
    """Collects the violations of one run."""

    def __init__(self, world: "World", book: "Book") -> None:
        self._world, self._book = world, book
        self.found: list[Violation] = []
        self._seen: set[Violation] = set()
        self.statuses, self.channels, self.returns = Counter[str](), Counter[str](), Counter[str]()
        """Orders by status and channel, and returns by status, before an operator changes any by hand."""
        self.every_write = EveryWrite(world, book, self.add)
        world.store.written.append(self.every_write)

    def add(self, violation: Violation) -> None:
        if violation not in self._seen and len(self.found) < MAX_VIOLATIONS:
            self._seen.add(violation)
            self.found.append(violation)
            self._world.note(f"VIOLATION {violation}")

    def quiet(self) -> None:
        """Check the world at rest. Some days pass meanwhile: each reconciliation runs a day later."""
        for violation in self._of_the_quiet_world():
            self.add(violation)

    def _of_the_quiet_world(self) -> Iterator[Violation]:
        world, book = self._world, self._book
        yield from self._denials()
        for check in OF_RUN:
            yield from check(world)
        yield from QuietWorld(world, book).violations()
        yield from e1_followers_hear(world, book)
        for check in OF_PLATFORM:
            yield from check(world)
        yield from reconcile(world)
        if world.decisions.happens(REPEATED_SHARE, "events are repeated"):
            yield from e2_e3_repeats_in_any_order_change_nothing(world)
        self._count()
        yield from an_order_is_deleted(world, book)
        yield from QuietWorld(world, book).e4_no_dead_letters()
        yield from self._denials()  # what the checks themselves made functions do
        yield from reconcile_mistakes(world)

    def _denials(self) -> Iterator[Violation]:
        return (Violation("RIGHTS", denial) for denial in sorted(self._world.denials))

    def _count(self) -> None:
        reading = Reading(self._world)
        orders = reading.orders().values()
        self.statuses = Counter(str(order.get("status")) for order in orders)
        self.channels = Counter(str(order.get("channel") or STOREFRONT) for order in orders)
        self.returns = Counter(str(each["status"]) for each in reading.returns().values())

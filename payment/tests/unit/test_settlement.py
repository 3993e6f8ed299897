"""M1, M2, M3 under faults: whatever order, however often, whoever dies where, the money ends in one way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import payment_service
from ecom.errors import TryAgain
from ecom.events import parse
from ecom.schemas import Schemas
from payment.tests.builders import (
    HELD,
    ORDER,
    TOKEN,
    TOTAL,
    Event,
    created,
    deleted,
    delivery,
    modified,
    order,
    packaged,
    warehouse,
)
from payment.tests.fakes import PaymentsInMemory, ProviderInMemory
from payment_service.payment_events import heard
from payment_service.provider import ProviderSilent
from payment_service.settlement import Keeper

SCHEMAS = Schemas.of_service(payment_service.__file__)

FINAL = modified(packaged())
DELIVERED = delivery("DeliveryCompleted")
HAPPY = [created(), FINAL, DELIVERED]
NOT_CHANGED_BY_PACKAGING = [created(total=TOTAL), modified(packaged()), DELIVERED]
BUSY = [created(), modified(order(total=2900), 2), modified(packaged(), 3), DELIVERED]
CAPTURES = {"happy": HAPPY, "same total": NOT_CHANGED_BY_PACKAGING, "busy": BUSY}
VOIDS = {
    "packaging failed": [created(), warehouse("PackagingFailed")],
    "cancelled": [created(), warehouse("PackagingCancelled"), deleted()],
    "deleted": [created(), deleted()],
    "delivery failed": [created(), FINAL, delivery("DeliveryFailed")],
}


class Died(BaseException):
    """A function's process ended here; nothing in the code may catch it."""


@dataclass
class World:
    """A table and a provider, and functions that die or are met by others at a step of their work."""

    payments: PaymentsInMemory = field(default_factory=PaymentsInMemory)
    provider: ProviderInMemory = field(default_factory=ProviderInMemory)
    failures: int = 0
    steps: int = 0
    before: dict[int, Callable[[], object]] = field(default_factory=dict)
    after: dict[int, Callable[[], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = self.provider.hold(TOKEN, HELD)

    def hear(self, event: Event) -> None:
        order_id, facts = heard(parse(event, SCHEMAS))
        keeper = Keeper(self.watched(self.payments), self.watched(self.provider), self.fail)
        keeper.note(order_id, facts, "c-1")

    def fail(self) -> None:
        self.failures += 1

    def hear_all(self, events: Sequence[Event]) -> None:
        """As a queue delivers: what failed comes back later."""
        waiting = list(events)
        for _ in range(10 * len(events) + 20):
            if not waiting:
                return
            event = waiting.pop(0)
            try:
                self.hear(event)
            except (Died, TryAgain):
                waiting.append(event)
        raise AssertionError("the queue never ran dry")

    def watched(self, thing: Any) -> Any:
        return _Watched(thing, self)

    @property
    def end(self) -> tuple[dict[str, Any], Any]:
        """What matters in the end: the row without its counters, and the provider's ledger."""
        row = {name: value for name, value in self.payments.rows.get(ORDER, {}).items() if name not in COUNTERS}
        return row, self.ledger


COUNTERS = ("etag", "correlationId")


@dataclass
class _Watched:
    """Counts every call, and lets something happen before or after a certain one."""

    thing: Any
    world: World

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.thing, name)

        def call(*arguments: Any) -> Any:
            self.world.steps += 1
            step = self.world.steps
            self.world.before.pop(step, lambda: None)()
            answer = method(*arguments)
            self.world.after.pop(step, lambda: None)()
            return answer

        return call


def die() -> None:
    raise Died


def fall_silent() -> None:
    raise ProviderSilent("the answer was lost")


def captured_once(world: World) -> None:
    row, ledger = world.end
    assert (row["status"], row["amount"], "call" in row) == ("CAPTURED", TOTAL, False)
    assert (ledger.captured, ledger.authorised) == (TOTAL, TOTAL)
    assert [each for each in ledger.done if each.startswith("capture")] == [f"capture {TOTAL}"]
    assert "cancel" not in ledger.done
    assert world.failures == 0


def let_go(world: World) -> None:
    row, ledger = world.end
    assert (row["status"], "call" in row) == ("VOIDED", False)
    assert ledger.captured == 0
    assert ledger.done[-1] == "cancel"
    assert world.failures == 0


def orders_of(events: Sequence[Event], repeats: int = 1) -> Iterator[list[Event]]:
    """Every order of the events, each of them coming that often."""
    numbered = sorted(set(permutations([place for place in range(len(events)) for _ in range(repeats)])))
    for order_of_arrival in numbered:
        yield [events[place] for place in order_of_arrival]


@pytest.mark.parametrize("events", CAPTURES.values(), ids=CAPTURES)
def test_every_order_of_arrival_captures_the_final_total_once(events: list[Event]) -> None:
    for arrival in orders_of(events):
        world = World()
        world.hear_all(arrival)
        captured_once(world)
        assert world.payments.early_facts == {}


@pytest.mark.parametrize("events", VOIDS.values(), ids=VOIDS)
def test_every_order_of_arrival_lets_go(events: list[Event]) -> None:
    for arrival in orders_of(events):
        world = World()
        world.hear_all(arrival)
        let_go(world)
        assert world.payments.early_facts == {}


@pytest.mark.parametrize(
    ("events", "proof"), [(HAPPY, captured_once), (VOIDS["packaging failed"], let_go)], ids=["capture", "void"]
)
def test_every_order_with_everything_twice_ends_the_same(events: list[Event], proof: Callable[[World], None]) -> None:
    ends = set()
    for arrival in orders_of(events, repeats=2):
        world = World()
        world.hear_all(arrival)
        proof(world)
        row, ledger = world.end
        ends.add((str(sorted(row.items())), ledger.captured, ledger.authorised))
    assert len(ends) == 1


@pytest.mark.parametrize("events", [HAPPY, list(reversed(HAPPY)), *VOIDS.values()])
def test_all_again_five_times_and_backwards_changes_nothing(events: list[Event]) -> None:
    world = World()
    world.hear_all(events)
    row, done = dict(world.payments.rows[ORDER]), list(world.ledger.done)
    world.hear_all(events * 5 + list(reversed(events)))
    assert world.payments.rows[ORDER] == row
    assert world.ledger.done == done
    assert world.payments.early_facts == {}


def steps_of(events: Sequence[Event]) -> int:
    world = World()
    world.hear_all(events)
    return world.steps


@pytest.mark.parametrize("fault", [die, fall_silent])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("events", "proof"), [(HAPPY, captured_once), (VOIDS["delivery failed"], let_go)])
def test_a_fault_between_any_two_steps_changes_nothing(
    events: list[Event], proof: Callable[[World], None], when: str, fault: Callable[[], None]
) -> None:
    """Before a call: nothing happened. After it: it did, and nobody noted it."""
    for arrival in orders_of(events):
        for step in range(1, steps_of(arrival) + 1):
            world = World()
            getattr(world, when)[step] = fault
            world.hear_all(arrival)
            proof(world)
            assert world.steps >= step


@pytest.mark.parametrize(("events", "proof"), [(HAPPY, captured_once), (VOIDS["cancelled"], let_go)])
def test_two_at_once_at_any_step_do_it_once(events: list[Event], proof: Callable[[World], None]) -> None:
    """At each step of handling an event, somebody else handles all events, one after the other."""
    for arrival in orders_of(events):
        for step in range(1, steps_of(arrival) + 1):
            world = World()
            world.before[step] = lambda world=world: world.hear_all(events)  # type: ignore[misc]  # mypy infers no default
            world.hear_all(arrival)
            proof(world)


@settings(max_examples=300, deadline=None)
@given(
    arrival=st.permutations(BUSY * 2),
    faults=st.dictionaries(
        st.integers(1, 40),
        st.tuples(st.sampled_from(["before", "after"]), st.sampled_from([die, fall_silent])),
        max_size=8,
    ),
)
def test_any_faults_in_any_order(arrival: list[Event], faults: dict[int, tuple[str, Callable[[], None]]]) -> None:
    world = World()
    for step, (when, fault) in faults.items():
        getattr(world, when)[step] = fault
    world.hear_all(arrival)
    captured_once(world)


def test_a_row_written_by_hand_is_captured_on_delivery_alone() -> None:
    world = World()
    world.payments.rows[ORDER] = {"orderId": ORDER, "paymentToken": TOKEN}
    world.hear_all([DELIVERED] * 3)
    row, ledger = world.end
    assert (row["status"], row["amount"], ledger.done) == ("CAPTURED", HELD, [f"capture {HELD}"])


def test_a_total_that_falls_lowers_the_hold_of_a_row_written_by_hand_too() -> None:
    for rows in ({}, {ORDER: {"orderId": ORDER, "paymentToken": TOKEN}}):
        world = World()
        world.payments.rows.update(rows)
        world.hear_all([modified(order(total=2900))] * 2)
        assert (world.ledger.authorised, world.ledger.done) == (2900, ["lower 2900"])
        world.hear_all([modified(order(total=2900)), DELIVERED, FINAL])
        captured_once(world)


def test_a_row_written_by_hand_lets_go() -> None:
    world = World()
    world.payments.rows[ORDER] = {"orderId": ORDER, "paymentToken": TOKEN}
    world.hear_all([delivery("DeliveryFailed")] * 3)
    assert (world.end[0]["status"], world.end[0]["amount"], world.ledger.done) == ("VOIDED", HELD, ["cancel"])


@pytest.mark.parametrize("event", [DELIVERED, deleted(), warehouse("PackagingFailed"), warehouse("PackagingCancelled")])
def test_a_fact_of_an_unknown_order_leaves_no_row(event: Event) -> None:
    world = World()
    world.hear(event)
    assert (world.payments.rows, world.ledger.done) == ({}, [])


def test_an_image_without_a_token_waits_for_one_with() -> None:
    nameless = modified({name: value for name, value in packaged().items() if name != "paymentToken"})
    for arrival in orders_of([created(), nameless, DELIVERED]):
        world = World()
        world.hear_all(arrival)
        captured_once(world)


def lost(world: World, how: str) -> None:
    match how:
        case "expired":
            world.ledger.status = world.ledger.status.EXPIRED
        case "cancelled":
            world.ledger.status = world.ledger.status.CANCELLED
        case "lower":
            world.ledger.authorised = TOTAL - 1
        case _:
            world.provider.ledgers.clear()


@pytest.mark.parametrize("how", ["expired", "cancelled", "lower", "unknown"])
def test_what_the_provider_declines_for_good_has_failed_once(how: str) -> None:
    for arrival in orders_of(HAPPY, repeats=1):
        world = World()
        lost(world, how)
        world.hear_all(arrival * 2)
        row, ledger = world.end
        assert (row["status"], row["amount"], "call" in row) == ("FAILED", TOTAL, False)
        assert (world.failures, ledger.captured) == (1, 0)


def test_two_who_find_it_declined_count_it_once() -> None:
    for step in range(1, steps_of(HAPPY) + 1):
        world = World()
        lost(world, "expired")
        world.before[step] = lambda world=world: world.hear_all(HAPPY)  # type: ignore[misc]  # mypy infers no default
        world.hear_all(HAPPY)
        assert (world.end[0]["status"], world.failures) == ("FAILED", 1)


@pytest.mark.parametrize("how", ["expired", "cancelled", "unknown"])
def test_what_is_not_held_any_more_was_let_go(how: str) -> None:
    world = World()
    lost(world, how)
    world.hear_all(VOIDS["deleted"])
    assert (world.end[0]["status"], world.failures) == ("VOIDED", 0)


def test_money_that_was_captured_behind_our_back_is_captured() -> None:
    world = World()
    world.provider.capture(TOKEN, "somebody else's")
    world.hear_all(VOIDS["deleted"])
    assert (world.end[0]["status"], world.end[0]["amount"]) == ("CAPTURED", HELD)


def test_a_silent_provider_changes_nothing_and_is_asked_again_with_the_same_key() -> None:
    world = World()
    world.provider.silent = True
    for event, _ in product(HAPPY, range(2)):
        with pytest.raises(ProviderSilent) if event is not HAPPY[0] else _nothing():
            world.hear(event)
    assert world.payments.rows[ORDER]["status"] == "HELD"
    key = world.payments.rows[ORDER]["call"]["key"]
    world.provider.silent = False
    world.hear(HAPPY[2])
    captured_once(world)
    assert key in world.provider.answers


class _nothing:  # noqa: N801 - reads like `pytest.raises`
    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...

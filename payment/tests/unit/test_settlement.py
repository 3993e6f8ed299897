"""Settlement under faults: any order of events, repeats, crashes and concurrent functions have the same end."""

from collections.abc import Callable
from contextlib import nullcontext
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
from payment.tests.fakes import ProviderInMemory
from payment.tests.world import (
    BUSY,
    CAPTURES,
    DELIVERED,
    FINAL,
    HAPPY,
    VOIDS,
    World,
    captured_once,
    die,
    lose_the_answer,
    orders_of,
    steps_of,
    voided_once,
)
from payment_service.domain import OrderProgress, OrderSnapshot, with_progress
from payment_service.errors import ProviderUnavailable, TooManyConflicts
from payment_service.settlement import MAX_CALLS


@pytest.mark.parametrize("events", CAPTURES.values(), ids=CAPTURES)
def test_every_order_of_arrival_captures_the_final_total_once(events: list[Event]) -> None:
    for arrival in orders_of(events):
        world = World()
        world.receive_all(arrival)
        captured_once(world)
        assert world.payments.early_events == {}


@pytest.mark.parametrize("events", VOIDS.values(), ids=VOIDS)
def test_every_order_of_arrival_voids_the_hold(events: list[Event]) -> None:
    for arrival in orders_of(events):
        world = World()
        world.receive_all(arrival)
        voided_once(world)
        assert world.payments.early_events == {}


@pytest.mark.parametrize(
    ("events", "proof"), [(HAPPY, captured_once), (VOIDS["packaging failed"], voided_once)], ids=["capture", "void"]
)
def test_every_order_with_everything_twice_ends_the_same(events: list[Event], proof: Callable[[World], None]) -> None:
    ends = set()
    for arrival in orders_of(events, repeats=2):
        world = World()
        world.receive_all(arrival)
        proof(world)
        row, ledger = world.end
        ends.add((str(sorted(row.items())), ledger.captured, ledger.authorised))
    assert len(ends) == 1


@pytest.mark.parametrize("events", [HAPPY, list(reversed(HAPPY)), *VOIDS.values()])
def test_repeats_in_any_order_change_nothing(events: list[Event]) -> None:
    world = World()
    world.receive_all(events)
    row, done = dict(world.payments.rows[ORDER]), list(world.ledger.done)
    world.receive_all(events * 5 + list(reversed(events)))
    assert world.payments.rows[ORDER] == row
    assert world.ledger.done == done
    assert world.payments.early_events == {}


@pytest.mark.parametrize("fault", [die, lose_the_answer])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("events", "proof"), [(HAPPY, captured_once), (VOIDS["delivery failed"], voided_once)])
def test_a_fault_between_any_two_steps_changes_nothing(
    events: list[Event], proof: Callable[[World], None], when: str, fault: Callable[[], None]
) -> None:
    """Before a call: it had no effect. After it: it had its effect, and the caller does not know."""
    for arrival in orders_of(events):
        for step in range(1, steps_of(arrival) + 1):
            world = World()
            getattr(world, when)[step] = fault
            world.receive_all(arrival)
            proof(world)
            assert world.steps >= step


@pytest.mark.parametrize(("events", "proof"), [(HAPPY, captured_once), (VOIDS["cancelled"], voided_once)])
def test_a_concurrent_function_at_any_step_changes_nothing(events: list[Event], proof: Callable[[World], None]) -> None:
    """At each step of handling an event, another function handles all events, one after the other."""
    for arrival in orders_of(events):
        for step in range(1, steps_of(arrival) + 1):
            world = World()
            world.before[step] = lambda world=world: world.receive_all(events)  # type: ignore[misc]  # mypy infers no default
            world.receive_all(arrival)
            proof(world)


@settings(max_examples=300, deadline=None)
@given(
    arrival=st.permutations(BUSY * 2),
    faults=st.dictionaries(
        st.integers(1, 40),
        st.tuples(st.sampled_from(["before", "after"]), st.sampled_from([die, lose_the_answer])),
        max_size=8,
    ),
)
def test_any_faults_in_any_order(arrival: list[Event], faults: dict[int, tuple[str, Callable[[], None]]]) -> None:
    world = World()
    for step, (when, fault) in faults.items():
        getattr(world, when)[step] = fault
    world.receive_all(arrival)
    captured_once(world)


def test_a_row_written_manually_is_captured_on_delivery_alone() -> None:
    world = World()
    world.payments.rows[ORDER] = {"orderId": ORDER, "paymentToken": TOKEN}
    world.receive_all([DELIVERED] * 3)
    row, ledger = world.end
    assert (row["status"], row["amount"], ledger.done) == ("CAPTURED", HELD, [f"capture {HELD}"])


def test_a_lower_total_lowers_the_hold_of_a_row_written_manually_too() -> None:
    for rows in ({}, {ORDER: {"orderId": ORDER, "paymentToken": TOKEN}}):
        world = World()
        world.payments.rows.update(rows)
        world.receive_all([modified(order(total=2900))] * 2)
        assert (world.ledger.authorised, world.ledger.done) == (2900, ["lower 2900"])
        world.receive_all([modified(order(total=2900)), DELIVERED, FINAL])
        captured_once(world)


def test_a_row_written_manually_is_voided() -> None:
    world = World()
    world.payments.rows[ORDER] = {"orderId": ORDER, "paymentToken": TOKEN}
    world.receive_all([delivery("DeliveryFailed")] * 3)
    assert (world.end[0]["status"], world.end[0]["amount"], world.ledger.done) == ("VOIDED", HELD, ["cancel"])


@pytest.mark.parametrize("event", [DELIVERED, deleted(), warehouse("PackagingFailed"), warehouse("PackagingCancelled")])
def test_an_event_of_an_unknown_order_creates_no_row(event: Event) -> None:
    world = World()
    world.receive(event)
    assert (world.payments.rows, world.ledger.done) == ({}, [])


def test_a_snapshot_without_a_token_waits_for_one_with_a_token() -> None:
    nameless = modified({name: value for name, value in packaged().items() if name != "paymentToken"})
    for arrival in orders_of([created(), nameless, DELIVERED]):
        world = World()
        world.receive_all(arrival)
        captured_once(world)


def end_hold(world: World, how: str) -> None:
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
def test_a_declined_payment_fails_once(how: str) -> None:
    for arrival in orders_of(HAPPY, repeats=1):
        world = World()
        end_hold(world, how)
        world.receive_all(arrival * 2)
        row, ledger = world.end
        assert (row["status"], row["amount"], "call" in row) == ("FAILED", TOTAL, False)
        assert (world.failures, ledger.captured) == (1, 0)


def test_two_concurrent_functions_count_a_declined_payment_once() -> None:
    for step in range(1, steps_of(HAPPY) + 1):
        world = World()
        end_hold(world, "expired")
        world.before[step] = lambda world=world: world.receive_all(HAPPY)  # type: ignore[misc]  # mypy infers no default
        world.receive_all(HAPPY)
        assert (world.end[0]["status"], world.failures) == ("FAILED", 1)


@pytest.mark.parametrize("how", ["expired", "cancelled", "unknown"])
def test_a_hold_that_is_gone_counts_as_voided(how: str) -> None:
    world = World()
    end_hold(world, how)
    world.receive_all(VOIDS["deleted"])
    assert (world.end[0]["status"], world.failures) == ("VOIDED", 0)


def test_a_capture_by_another_caller_is_recorded_as_captured() -> None:
    world = World()
    world.provider.capture(TOKEN, "another caller's key")
    world.receive_all(VOIDS["deleted"])
    assert (world.end[0]["status"], world.end[0]["amount"]) == ("CAPTURED", HELD)


def test_a_call_without_an_answer_is_repeated_with_the_same_key() -> None:
    world = World()
    world.provider.is_down = True
    for event, _ in product(HAPPY, range(2)):
        with pytest.raises(ProviderUnavailable) if event is not HAPPY[0] else nullcontext():
            world.receive(event)
    assert world.payments.rows[ORDER]["status"] == "HELD"
    key = world.payments.rows[ORDER]["call"]["key"]
    world.provider.is_down = False
    world.receive(HAPPY[2])
    captured_once(world)
    assert key in world.provider.answers


def test_settlement_that_does_not_converge_is_not_acknowledged() -> None:
    """During each call a concurrent event lowers the total once more."""
    world = World()

    class FallingTotals(ProviderInMemory):
        def lower(self, token: str, amount: int, key: str) -> bool:
            snapshot = OrderSnapshot(amount - 1, "2026-03-01T10:00:00.000Z", True, 10 + self.calls)
            update = OrderProgress(snapshot=snapshot)
            world.payments.change(ORDER, lambda payment: with_progress(payment, update), "c-2")
            return super().lower(token, amount, key)

    world.provider = FallingTotals()
    world.provider.hold(TOKEN, HELD)
    world.receive(created())
    with pytest.raises(TooManyConflicts, match=f"did not converge after {MAX_CALLS} provider calls"):
        world.receive(FINAL)
    assert world.provider.calls == MAX_CALLS
    assert "call" in world.payments.rows[ORDER], "the next delivery continues with this call"

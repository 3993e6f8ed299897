"""The provider misbehaves, at each call and in each way: one effect, and the books say what happened."""

from collections.abc import Callable, Sequence
from itertools import permutations

import pytest

from ecom.errors import TryAgain
from ecom.events import parse
from payment.tests.builders import (
    HELD,
    ORDER,
    TOKEN,
    TOTAL,
    Event,
    created,
    delivery,
    modified,
    order,
    packaged,
    warehouse,
)
from payment.tests.fakes import PaymentsInMemory, ProviderInMemory
from payment.tests.unit.test_settlement import SCHEMAS
from payment_service.payment_events import heard
from payment_service.settlement import Keeper

FINAL = modified(packaged())
DELIVERED, UNDELIVERED = delivery("DeliveryCompleted"), delivery("DeliveryFailed")
CAPTURE = [created(), FINAL, DELIVERED]
VOID = [created(), warehouse("PackagingCancelled")]
UNKNOWN = ["DOWN", "TIMEOUT_BEFORE", "TIMEOUT_AFTER", "LATE", "TWICE"]


class World:
    def __init__(self, **scripts: Sequence[str]) -> None:
        self.payments, self.provider, self.declined = PaymentsInMemory(), ProviderInMemory(), 0
        self.ledger = self.provider.hold(TOKEN, HELD)
        self.provider.scripts = {operation: list(script) for operation, script in scripts.items()}

    def hear(self, event: Event) -> bool:
        """Whether it is done; else the queue brings it back."""
        order_id, facts = heard(parse(event, SCHEMAS))
        try:
            Keeper(self.payments, self.provider, self.count).note(order_id, facts, "c-1")
        except TryAgain:
            return False
        return True

    def count(self) -> None:
        self.declined += 1

    def hear_all(self, events: Sequence[Event], between: Callable[[], None] = lambda: None) -> None:
        waiting = list(events)
        for _ in range(50):
            if not waiting:
                break
            event = waiting.pop(0)
            if not self.hear(event):
                waiting.append(event)
            between()
        assert waiting == [], "it finds no rest"
        self.provider.arrive()

    @property
    def books(self) -> tuple[str, int, str, int]:
        row = self.payments.rows[ORDER]
        return row["status"], row["amount"], self.ledger.status.value, self.ledger.captured


def moves(world: World) -> list[str]:
    return [each.split()[0] for each in world.ledger.done]


@pytest.mark.parametrize("behaviour", UNKNOWN)
@pytest.mark.parametrize("operation", ["updateAmount", "processPayment"])
def test_a_capture_is_made_once(operation: str, behaviour: str) -> None:
    for arrival in permutations(CAPTURE):
        for times in (1, 2, 3):
            world = World(**{operation: [behaviour] * times})
            world.hear_all(arrival)
            assert world.books == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
            assert moves(world).count("capture") == 1
            assert world.declined == 0


@pytest.mark.parametrize("behaviour", UNKNOWN)
def test_a_hold_is_let_go_once(behaviour: str) -> None:
    for arrival in permutations(VOID):
        world = World(cancelPayment=[behaviour] * 2)
        world.hear_all(arrival)
        assert world.books == ("VOIDED", HELD, "CANCELLED", 0)
        assert moves(world) == ["cancel"]


@pytest.mark.parametrize("behaviour", ["DOWN", "TIMEOUT_BEFORE", "TIMEOUT_AFTER", "TWICE"])
def test_a_no_is_not_believed_before_the_books_were_seen(behaviour: str) -> None:
    """Somebody else captured or cancelled: the provider says no, and its books say why, once they can be read."""
    for arrival in permutations([created(), warehouse("PackagingCancelled")]):
        world = World(payments=[behaviour] * 2)
        world.provider.cancel(TOKEN, "somebody else's")
        world.hear_all(arrival)
        assert world.books == ("VOIDED", HELD, "CANCELLED", 0)
        assert world.declined == 0
    world = World(payments=[behaviour] * 2)
    world.ledger.authorised = TOTAL
    world.provider.capture(TOKEN, "somebody else's")
    world.hear_all(CAPTURE)
    assert world.books == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
    assert world.declined == 0


@pytest.mark.parametrize("when", ["between tries", "afterwards"])
@pytest.mark.parametrize("operation", ["updateAmount", "processPayment"])
def test_what_comes_late_is_done_once(operation: str, when: str) -> None:
    for arrival in permutations(CAPTURE):
        world = World(**{operation: ["LATE", "LATE"]})
        world.hear_all(arrival, world.provider.arrive if when == "between tries" else lambda: None)
        assert world.books == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
        assert moves(world).count("capture") == 1


@pytest.mark.parametrize("behaviour", UNKNOWN)
def test_a_void_while_the_answer_to_a_capture_is_lost(behaviour: str) -> None:
    """The capture was begun, so it is settled first; and then there is nothing to let go any more."""
    world = World(processPayment=[behaviour])
    world.hear_all([created(), FINAL])
    done = world.hear(DELIVERED)
    assert done == (behaviour == "TWICE")
    world.hear_all([UNDELIVERED, DELIVERED, UNDELIVERED])
    assert world.books == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
    assert "cancel" not in moves(world)


@pytest.mark.parametrize("behaviour", UNKNOWN)
def test_a_delivery_while_the_answer_to_a_void_is_lost(behaviour: str) -> None:
    world = World(cancelPayment=[behaviour])
    world.hear_all([created(), FINAL])
    world.hear(UNDELIVERED)
    world.hear_all([DELIVERED, UNDELIVERED])
    assert world.books == ("VOIDED", TOTAL, "CANCELLED", 0)
    assert "capture" not in moves(world)


def test_delivered_before_the_lower_total_is_known() -> None:
    world = World()
    world.hear_all([created(), DELIVERED])
    assert (moves(world), world.payments.rows[ORDER]["status"]) == ([], "HELD")
    world.hear_all([modified(order(total=2900)), DELIVERED])
    assert moves(world) == ["lower"], "not final: nobody packaged it yet"
    world.hear_all([modified(packaged(), 3)])
    assert world.books == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)


@pytest.mark.parametrize("operation", ["updateAmount", "processPayment"])
def test_declined_for_good_has_failed_and_is_counted_once(operation: str) -> None:
    for arrival in permutations(CAPTURE):
        world = World(**{operation: ["DECLINE"]})
        world.hear_all([*arrival, *arrival])
        assert world.books == ("FAILED", TOTAL, "HELD", 0)
        assert world.declined == 1

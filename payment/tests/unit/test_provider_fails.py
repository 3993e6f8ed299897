"""Each call to the provider fails in each way: it takes effect once, and the row agrees with the provider's ledger."""

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
from payment.tests.world import SCHEMAS
from payment_service.payment_events import progress_from
from payment_service.settlement import Settlement

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

    def receive(self, event: Event) -> bool:
        """Whether the event was handled; else the queue delivers it again."""
        order_id, progress = progress_from(parse(event, SCHEMAS))
        try:
            Settlement(self.payments, self.provider, self.count).apply(order_id, progress, "c-1")
        except TryAgain:
            return False
        return True

    def count(self) -> None:
        self.declined += 1

    def receive_all(self, events: Sequence[Event], between: Callable[[], None] = lambda: None) -> None:
        waiting = list(events)
        for _ in range(50):
            if not waiting:
                break
            event = waiting.pop(0)
            if not self.receive(event):
                waiting.append(event)
            between()
        assert waiting == [], "settlement did not converge"
        self.provider.arrive()

    @property
    def end(self) -> tuple[str, int, str, int]:
        row = self.payments.rows[ORDER]
        return row["status"], row["amount"], self.ledger.status.value, self.ledger.captured


def changes(world: World) -> list[str]:
    return [each.split()[0] for each in world.ledger.done]


@pytest.mark.parametrize("behaviour", UNKNOWN)
@pytest.mark.parametrize("operation", ["updateAmount", "processPayment"])
def test_a_capture_takes_effect_once(operation: str, behaviour: str) -> None:
    for arrival in permutations(CAPTURE):
        for times in (1, 2, 3):
            world = World(**{operation: [behaviour] * times})
            world.receive_all(arrival)
            assert world.end == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
            assert changes(world).count("capture") == 1
            assert world.declined == 0


@pytest.mark.parametrize("behaviour", UNKNOWN)
def test_a_void_takes_effect_once(behaviour: str) -> None:
    for arrival in permutations(VOID):
        world = World(cancelPayment=[behaviour] * 2)
        world.receive_all(arrival)
        assert world.end == ("VOIDED", HELD, "CANCELLED", 0)
        assert changes(world) == ["cancel"]


@pytest.mark.parametrize("behaviour", ["DOWN", "TIMEOUT_BEFORE", "TIMEOUT_AFTER", "TWICE"])
def test_a_refusal_counts_only_after_the_ledger_was_read(behaviour: str) -> None:
    """Another caller captured or cancelled: the provider declines, and its ledger shows why once it can be read."""
    for arrival in permutations([created(), warehouse("PackagingCancelled")]):
        world = World(payments=[behaviour] * 2)
        world.provider.cancel(TOKEN, "another caller's key")
        world.receive_all(arrival)
        assert world.end == ("VOIDED", HELD, "CANCELLED", 0)
        assert world.declined == 0
    world = World(payments=[behaviour] * 2)
    world.ledger.authorised = TOTAL
    world.provider.capture(TOKEN, "another caller's key")
    world.receive_all(CAPTURE)
    assert world.end == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
    assert world.declined == 0


@pytest.mark.parametrize("when", ["between attempts", "afterwards"])
@pytest.mark.parametrize("operation", ["updateAmount", "processPayment"])
def test_a_late_call_takes_effect_once(operation: str, when: str) -> None:
    for arrival in permutations(CAPTURE):
        world = World(**{operation: ["LATE", "LATE"]})
        world.receive_all(arrival, world.provider.arrive if when == "between attempts" else lambda: None)
        assert world.end == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
        assert changes(world).count("capture") == 1


@pytest.mark.parametrize("behaviour", UNKNOWN)
def test_a_void_after_a_capture_with_an_unknown_outcome(behaviour: str) -> None:
    """The capture is completed first, and then there is no hold to void."""
    world = World(processPayment=[behaviour])
    world.receive_all([created(), FINAL])
    done = world.receive(DELIVERED)
    assert done == (behaviour == "TWICE")
    world.receive_all([UNDELIVERED, DELIVERED, UNDELIVERED])
    assert world.end == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)
    assert "cancel" not in changes(world)


@pytest.mark.parametrize("behaviour", UNKNOWN)
def test_a_delivery_after_a_void_with_an_unknown_outcome(behaviour: str) -> None:
    world = World(cancelPayment=[behaviour])
    world.receive_all([created(), FINAL])
    world.receive(UNDELIVERED)
    world.receive_all([DELIVERED, UNDELIVERED])
    assert world.end == ("VOIDED", TOTAL, "CANCELLED", 0)
    assert "capture" not in changes(world)


def test_a_delivery_before_the_lower_total() -> None:
    world = World()
    world.receive_all([created(), DELIVERED])
    assert (changes(world), world.payments.rows[ORDER]["status"]) == ([], "HELD")
    world.receive_all([modified(order(total=2900)), DELIVERED])
    assert changes(world) == ["lower"], "not packaged yet, so the total is not final"
    world.receive_all([modified(packaged(), 3)])
    assert world.end == ("CAPTURED", TOTAL, "CAPTURED", TOTAL)


@pytest.mark.parametrize("operation", ["updateAmount", "processPayment"])
def test_a_declined_call_is_failed_and_counted_once(operation: str) -> None:
    for arrival in permutations(CAPTURE):
        world = World(**{operation: ["DECLINE"]})
        world.receive_all([*arrival, *arrival])
        assert world.end == ("FAILED", TOTAL, "HELD", 0)
        assert world.declined == 1

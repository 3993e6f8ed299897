"""For tests of settlement: a table, a provider, faults at any step, and the two correct results."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

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
from payment_service.errors import ProviderUnavailable
from payment_service.payment_events import progress_from
from payment_service.settlement import Settlement

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
    """The function stops here. No code may catch it."""


@dataclass
class World:
    """A table and a provider, and functions that stop, or run concurrently, at a chosen step."""

    payments: PaymentsInMemory = field(default_factory=PaymentsInMemory)
    provider: ProviderInMemory = field(default_factory=ProviderInMemory)
    failures: int = 0
    steps: int = 0
    before: dict[int, Callable[[], object]] = field(default_factory=dict)
    after: dict[int, Callable[[], object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledger = self.provider.hold(TOKEN, HELD)

    def receive(self, event: Event) -> None:
        order_id, progress = progress_from(parse(event, SCHEMAS))
        settlement = Settlement(self.watched(self.payments), self.watched(self.provider), self.fail)
        settlement.apply(order_id, progress, "c-1")

    def fail(self) -> None:
        self.failures += 1

    def receive_all(self, events: Sequence[Event]) -> None:
        """Deliver as a queue does: a failed message comes back later."""
        waiting = list(events)
        for _ in range(10 * len(events) + 20):
            if not waiting:
                return
            event = waiting.pop(0)
            try:
                self.receive(event)
            except (Died, TryAgain):
                waiting.append(event)
        raise AssertionError("the queue did not become empty")

    def watched(self, thing: Any) -> Any:
        return _Watched(thing, self)

    @property
    def end(self) -> tuple[dict[str, Any], Any]:
        """The row without its counters, and the provider's ledger."""
        row = {name: value for name, value in self.payments.rows.get(ORDER, {}).items() if name not in COUNTERS}
        return row, self.ledger


COUNTERS = ("etag", "correlationId")


@dataclass
class _Watched:
    """Counts every call, and runs the functions of `before` and `after` around the call of that number."""

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


def lose_the_answer() -> None:
    raise ProviderUnavailable("the answer was lost")


def captured_once(world: World) -> None:
    row, ledger = world.end
    assert (row["status"], row["amount"], "call" in row) == ("CAPTURED", TOTAL, False)
    assert (ledger.captured, ledger.authorised) == (TOTAL, TOTAL)
    assert [each for each in ledger.done if each.startswith("capture")] == [f"capture {TOTAL}"]
    assert "cancel" not in ledger.done
    assert world.failures == 0


def voided_once(world: World) -> None:
    row, ledger = world.end
    assert (row["status"], "call" in row) == ("VOIDED", False)
    assert ledger.captured == 0
    assert ledger.done[-1] == "cancel"
    assert world.failures == 0


def orders_of(events: Sequence[Event], repeats: int = 1) -> Iterator[list[Event]]:
    """Every order of the events, each event `repeats` times."""
    numbered = sorted(set(permutations([place for place in range(len(events)) for _ in range(repeats)])))
    for order_of_arrival in numbered:
        yield [events[place] for place in order_of_arrival]


def steps_of(events: Sequence[Event]) -> int:
    world = World()
    world.receive_all(events)
    return world.steps

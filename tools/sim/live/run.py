"""`make simulate LIVE=1 SEED=...`: the people of a plan on the running platform.

They decide as in the simulated run of that seed, and live sixty times as fast. Of its faults those happen that can be
made from outside: lost requests and answers, a provider that fails, repeated events. Threads are not repeatable, so a
run is no exact repetition; a broken promise here is looked for there.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ecom_client.platform import CapturedEvents, Platform
from ecom_client.polling import PollTimeout, poll
from ecom_testkit.dead_letters import dead_letter_queues
from ecom_testkit.made_by_tests import queue_depths
from tools.operate.redrive.queue import DeadLetterQueue
from tools.project.aws import target
from tools.project.environments import chosen
from tools.sim.decisions import Decisions
from tools.sim.faults import catalogue
from tools.sim.faults.base import FaultDecisions, rates_of
from tools.sim.invariants.violation import Violation
from tools.sim.live import checks
from tools.sim.live.world import FAULTS, SPEED, LiveWorld
from tools.sim.people.admin import Admin
from tools.sim.people.book import Book
from tools.sim.people.person import Person
from tools.sim.people.registry import SCRIPTS
from tools.sim.plan import Plan

SOURCES = [f"ecommerce.{service}" for service in ("orders", "warehouse", "delivery", "payment")]
DAY_SECONDS = 800.0
EVENING_ROUNDS = 8
# A payment whose provider failed is tried again after up to some minutes.
QUIET_SECONDS, LONGEST_SECONDS = 3.0, 600.0
Tell = Callable[[str], None]


@dataclass
class LiveResult:
    plan: Plan
    orders: int
    statuses: Counter[str]
    fired: Counter[str]
    violations: list[Violation]
    book: Book
    dead_letters: int
    """Before they were sent back."""


def run_live(platform: Platform, plan: Plan, prefix: str, tell: Tell, speed: float = SPEED) -> LiveResult:
    """Play the plan. `prefix` begins the ids of its products, and must be unique."""
    decisions = Decisions(plan.seed)
    rates = rates_of(decisions, [fault for fault in catalogue.ALL if fault.name not in plan.without])
    names = {fault.name for fault in FAULTS}
    fault_decisions = FaultDecisions(
        decisions, {name: rate for name, rate in rates.items() if name in names}, is_calm=True
    )
    world = LiveWorld(platform, decisions, fault_decisions, speed)
    book = Book(prefix=prefix)
    try:
        with platform.events(*SOURCES) as events:
            return _run(world, book, plan, events, tell)
    finally:
        world.close()


def _run(world: LiveWorld, book: Book, plan: Plan, events: CapturedEvents, tell: Tell) -> LiveResult:
    admin = Admin(world, book, "admin")
    people: list[Person] = [admin]
    for script in (each for each in SCRIPTS if each.is_live):
        people += [script.create(world, book, name) for name in script.names(plan.orders)]
    people = [person for person in people if plan.takes_part(person.name)]
    tell(f"{len(people)} people sign in")
    ours = {world.sign_in(person.user_id, person.groups) for person in people}
    admin.open_shop(plan.orders)
    watch = _Watch(world, events, ours)
    world.fault_decisions.is_calm = False
    _day(world, book, people, tell)
    world.fault_decisions.is_calm = True
    before = _evening(world, people, watch, tell)
    watch.stop()
    tell("the promises are checked")
    seen = checks.look(world.platform, book, people, events.seen)
    found = [
        *checks.violations(seen, book),
        *checks.dead_letters(world.platform, watch.orders),
        *checks.disagreements(world.platform, watch.orders),
    ]
    if world.errors:
        raise world.errors[0]
    statuses = Counter(str(order["status"]) for order in seen.orders.values())
    fired = Counter(fired.fault for fired in world.fault_decisions.fired)
    return LiveResult(plan, len(seen.orders), statuses, fired, found, book, before)


class _Watch:
    """Receives all events: learns which orders belong to the run, and sends some events a second time."""

    def __init__(self, world: LiveWorld, events: CapturedEvents, users: set[str]) -> None:
        self._world, self._events, self._users = world, events, users
        self.orders = world.orders
        self._done = threading.Event()
        self._count = 0
        self._thread = world.background("events", self._work)

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    @property
    def received(self) -> int:
        return self._count

    def _work(self) -> None:
        while not self._done.wait(0.1):
            seen = self._events.receive()
            for event in seen[self._count :]:
                if event["detail"].get("userId") in self._users:
                    self.orders.update(event["resources"])
                if self.orders & set(event["resources"]):
                    self._perhaps_again(event)
            self._count = len(seen)

    def _perhaps_again(self, event: dict[str, object]) -> None:
        where = f"{event['detail-type']} {' '.join(event['resources'])}"  # type: ignore[arg-type]  # a list of texts
        if self._world.fires(catalogue.EVENT_TWICE, f"{where} {self._count}", where):
            self._world.platform.put_events([event])


def _day(world: LiveWorld, book: Book, people: Sequence[Person], tell: Tell) -> None:
    shoppers = [person for person in people if person.is_shopper]
    staff = [world.background(person.name, person.live) for person in people if not person.is_shopper]
    shopping = [world.background(person.name, partial(_arrive, world, person)) for person in shoppers]
    for number, thread in enumerate(shopping, 1):
        thread.join()
        if number % 10 == 0 or number == len(shopping):
            tell(f"{number} of {len(shopping)} shoppers are done, {len(book.accepted)} orders accepted")
    book.closing = True
    for thread in staff:
        thread.join()


def _arrive(world: LiveWorld, person: Person) -> None:
    world.scheduler.sleep(world.decisions.between(0.0, DAY_SECONDS, f"{person.name} arrives"))
    person.live()


def _evening(world: LiveWorld, people: Sequence[Person], watch: _Watch, tell: Tell) -> int:
    """Come to rest, send dead letters back, and let staff finish. Returns how many dead letters there were."""
    before = 0
    for number in range(1, EVENING_ROUNDS + 1):
        _come_to_rest(world, watch)
        redriven = _redrive(world.platform, watch.orders)
        before += redriven
        worked = [person.finish() for person in people]
        tell(f"evening {number}: {redriven} dead letters sent back")
        if not redriven and not any(worked):
            break
    return before


def _come_to_rest(world: LiveWorld, watch: _Watch) -> None:
    """Wait until no queue has a message and no event comes any more."""
    still = _Still()

    def seconds() -> float:
        letters = set(dead_letter_queues(world.platform))
        waiting = sum(depth for url, depth in queue_depths(world.platform).items() if url not in letters)
        return still.since((watch.received, waiting), waiting == 0)

    try:
        poll(seconds, lambda quiet: quiet >= QUIET_SECONDS, LONGEST_SECONDS, "that the platform comes to rest")
    except PollTimeout as error:
        raise PollTimeout(f"{error}: messages wait in its queues, or events still come") from None


class _Still:
    """For how long something has not changed."""

    def __init__(self) -> None:
        self._value: object = None
        self._begin = 0.0

    def since(self, value: object, counts: bool) -> float:
        if value != self._value or not counts:
            self._value, self._begin = value, time.monotonic()
        return time.monotonic() - self._begin


def _redrive(platform: Platform, orders: set[str]) -> int:
    """`make redrive` of what is about the orders of the run."""
    place = target(chosen())
    count = 0
    for url in dead_letter_queues(platform):
        queue = DeadLetterQueue(place, url)
        for letter in queue.dead_letters():
            if any(own in letter.payload for own in orders):
                queue.send_back(letter)
                count += 1
            else:
                queue.release(letter)
    return count


def lines_of(result: LiveResult) -> list[str]:
    ends = ", ".join(f"{status} {count}" for status, count in result.statuses.most_common())
    faults = ", ".join(f"{name} {count}" for name, count in result.fired.most_common())
    broken = [f"  {violation} ({violation.about})" for violation in result.violations]
    return [
        f"{result.orders} orders on the running platform, people {SPEED:.0f} times as fast; they ended as: {ends}",
        f"faults: {faults or 'none'}; {result.dead_letters} dead letters before redrive",
        "promises broken: none" if not broken else "\n".join(["promises broken:", *broken]),
        *([f"the same people in virtual time: {result.plan.command()}"] if broken else []),
    ]

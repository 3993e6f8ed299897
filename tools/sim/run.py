"""One run of a plan: people live through the faults, the world comes to rest, and the invariants are checked.

open      the admin fills the shop; no faults
day       people and faults
evening   no more faults: everything comes to rest, 25 hours pass, dead letters are redriven, staff finish what is left
night     (`Checks.quiet`) the invariants of a quiet world are checked, and the reconciliation runs
"""

import time
from collections import Counter
from dataclasses import dataclass, field

from tools.sim.calls import FirstCall
from tools.sim.decisions import Decisions
from tools.sim.faults import catalogue
from tools.sim.faults.base import FaultDecisions, Fired, rates_of
from tools.sim.invariants.checks import Checks
from tools.sim.invariants.violation import Violation
from tools.sim.partner_keys import make_keys
from tools.sim.people.admin import Admin
from tools.sim.people.book import Book, StoryLine
from tools.sim.people.left_out_services import LeftOutServices
from tools.sim.people.person import Person
from tools.sim.people.registry import SCRIPTS
from tools.sim.plan import Plan
from tools.sim.redrive import redrive_all
from tools.sim.world import World

DAY_SECONDS = 800.0
RUSH_SECONDS, RUSH_SHARE = 1.5, 0.4
EVENING_ROUNDS = 6
LAPSE_SECONDS = 1000.0
# A bit more than the day after which most items expire.
EXPIRY_SECONDS = 90_000.0
OFTEN_SECONDS = 600.0
LOOK_SECONDS = 600.0


@dataclass
class Result:
    """What a run came to."""

    plan: Plan
    trace: str
    violations: list[Violation]
    fired: list[Fired]
    accepted: int
    statuses: Counter[str]
    invocations: int
    calls: int
    dead_letters: tuple[int, int]
    combinations: Counter[tuple[str, str, str]]
    first_calls: dict[tuple[str, str, int], FirstCall]
    environments: dict[str, int]
    """How many of each function there were."""
    ends: list[float]
    """Virtual seconds from the acceptance of each order to its end."""
    channels: Counter[str] = field(default_factory=Counter)
    """Orders by the service that asked for them; `storefront` for those without a channel."""
    returns: Counter[str] = field(default_factory=Counter)
    """Returns by their status."""
    processor_seconds: float = 0.0
    people: tuple[str, ...] = ()
    story: list[StoryLine] = field(default_factory=list)


def run(world: World, plan: Plan) -> Result:
    """Run the plan in a fresh world."""
    started = time.process_time()
    decisions = Decisions(plan.seed)
    rates = rates_of(decisions, [fault for fault in catalogue.ALL if fault.name not in plan.without])
    # A fault of calls in an outage has no chance of its own: it is on with its outage, and hits each call meanwhile.
    for outage, of_calls in catalogue.OUTAGES.items():
        rates.pop(of_calls, None)
        if outage in rates and of_calls not in plan.without:
            rates[of_calls] = 1.0
    fault_decisions = FaultDecisions(decisions, rates, plan.only, plan.always, is_calm=True)
    world.begin(decisions, fault_decisions)
    book = Book()
    checks = Checks(world, book)
    people = _open(world, book, plan)
    fault_decisions.is_calm = False
    _day(world, book, people)
    fault_decisions.is_calm = True
    before = _evening(world, book, people)
    checks.quiet()
    left = dead_letters(world)
    return Result(
        plan=plan,
        trace=world.trace_hash(),
        violations=checks.found,
        fired=fault_decisions.fired,
        accepted=len(book.accepted),
        statuses=checks.statuses,
        invocations=world.functions.invocations,
        calls=world.calls,
        dead_letters=(before, left),
        combinations=fault_decisions.combinations,
        first_calls=world.first_calls,
        environments=world.functions.made(),
        ends=checks.every_write.ends,
        channels=checks.channels,
        returns=checks.returns,
        processor_seconds=time.process_time() - started,
        people=tuple(person.name for person in people),
        story=book.story,
    )


def dead_letters(world: World) -> int:
    return sum(len(queue.messages) for queue in world.queues.values() if queue.source is None)


def _open(world: World, book: Book, plan: Plan) -> list[Person]:
    admin = Admin(world, book, "admin")
    world.background("admin opens the shop", lambda: admin.open_shop(plan.orders))
    world.run()
    made: list[Person] = [admin]
    for script in SCRIPTS:
        made += [script.create(world, book, name) for name in script.names(plan.orders)]
    world.background("keys of partners", lambda: make_keys(world, made))
    world.run()
    made.append(LeftOutServices(world, book))  # no script of SCRIPTS: it reaches into the simulated world
    return [person for person in made if plan.takes_part(person.name)]


def _day(world: World, book: Book, people: list[Person]) -> None:
    """Run all scripts until shoppers and staff have finished."""
    start = world.scheduler.now
    world.faults.begin(start + DAY_SECONDS)
    world.bus.schedules_run = True
    world.bus.start_schedules()
    shopping = []
    tasks = []
    for person in people:
        task = world.background(person.name, person.live, _arrival(world, person))
        tasks.append(task)
        if person.is_shopper:
            shopping.append(task)

    def close() -> None:
        for task in shopping:
            world.scheduler.wait(task.done)
        world.scheduler.sleep(max(0.0, start + LAPSE_SECONDS - world.scheduler.now))
        book.closing = True
        for task in tasks:
            world.scheduler.wait(task.done)
        world.bus.schedules_run = False

    world.background("closing time", close)
    world.scheduler.run_while(lambda: not all(task.done.is_set for task in tasks), LOOK_SECONDS)


def _arrival(world: World, person: Person) -> float:
    """Shoppers come over the day; in some runs all at once."""
    within = RUSH_SECONDS if world.decisions.happens(RUSH_SHARE, "a rush") else DAY_SECONDS
    return world.decisions.between(0.0, within, f"{person.name} arrives") if person.is_shopper else 0.0


def _evening(world: World, book: Book, people: list[Person]) -> int:
    """Come to rest, redrive, and let staff finish, until nothing is left to do. Returns the dead letters before."""
    world.come_to_rest()
    world.run(world.now() + EXPIRY_SECONDS)
    world.faults.delete_expired()
    before = dead_letters(world)
    for number in range(EVENING_ROUNDS):
        redriven = redrive_all(world, number)
        world.come_to_rest()
        _lapse(world, number)
        worked = [world.background(f"{person.name} evening {number}", person.finish) for person in people]
        world.come_to_rest()
        if not redriven and not any(task.done.value for task in worked):
            book.finished = {person.name for person in people}
            return before
    book.report_broken("O2", "", f"after {EVENING_ROUNDS} rounds of the evening dead letters or work of staff are left")
    return before


def _lapse(world: World, number: int) -> None:
    """Wait until every reservation has expired. Then invoke the targets of each schedule whose period is below ten
    minutes."""
    world.run(world.now() + LAPSE_SECONDS)
    for schedule in [each for each in world.blueprint.schedules if each.seconds < OFTEN_SECONDS]:
        for target in schedule.targets:
            world.functions.invoke_later(str(target["Arn"]), {}, f"evening {number} {schedule.arn}")
    world.come_to_rest()

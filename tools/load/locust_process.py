"""Runs in `.venv-load`: Locust plays the plan, prints its progress, and writes the result.

Importing Locust has gevent replace the standard library's blocking calls, so it comes before the clients of the
platform.
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from locust import User, constant_throughput, events, task
from locust.env import Environment
from locust.exception import StopUser

from ecom_client.made import report_to
from ecom_client.people import Person
from ecom_client.platform import Platform
from tools.load.journeys import LoadShopper, LoadStaff, Shop
from tools.load.plan import Plan, Result, Row

EVERY_SECONDS = 5
# The journeys that are under way at the end may still finish.
LAST_SECONDS = 180
STAFF_WAIT = 1.0


class Run:
    """What the users of Locust share."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.platform, self.shop = plan, Platform.from_environment(), Shop(plan.products)
        self.shoppers, self.staff = list(plan.shoppers), list(plan.staff)
        self.is_over = False
        self.busy = self.begun = 0
        self.journeys: Counter[str] = Counter()
        self.names: set[str] = set()

    def made(self, name: str) -> None:
        self.names.add(name)

    def sent(self, text: str) -> None:
        """The listener's other half; nothing of it is needed."""


def users_of(run: Run) -> tuple[type[User], type[User]]:
    rate_of_one = run.plan.rate / len(run.plan.shoppers)

    class ShopperUser(User):  # type: ignore[misc]  # Locust is in another environment
        fixed_count = len(run.plan.shoppers)
        wait_time = constant_throughput(rate_of_one)

        def on_start(self) -> None:
            self.person = LoadShopper(run.platform, Person(**run.shoppers.pop()), recorder(self.environment), run.shop)
            # Else all would begin at the same moment.
            gevent.sleep(random.uniform(0, 1 / rate_of_one))  # noqa: S311 - no secret

        @task  # type: ignore[untyped-decorator]  # as above
        def go(self) -> None:
            if run.is_over:
                raise StopUser
            run.busy += 1
            run.begun += 1
            try:
                run.journeys[self.person.journey()] += 1
            finally:
                run.busy -= 1

    class StaffUser(User):  # type: ignore[misc]  # as above
        fixed_count = len(run.plan.staff)

        def on_start(self) -> None:
            self.person = LoadStaff(run.platform, Person(**run.staff.pop()), recorder(self.environment), run.shop)

        @task  # type: ignore[untyped-decorator]  # as above
        def work(self) -> None:
            self.person.work(STAFF_WAIT)

    return ShopperUser, StaffUser


def recorder(environment: Environment) -> Any:
    def record(name: str, milliseconds: float, code: str) -> None:
        environment.events.request.fire(
            request_type="journey" if name.startswith("journey ") else "request",
            name=name,
            response_time=milliseconds,
            response_length=0,
            exception=code or None,
            context={},
        )

    return record


def play(plan: Plan) -> Result:
    run = Run(plan)
    report_to(run)
    environment = Environment(user_classes=list(users_of(run)), events=events, stop_timeout=10)
    runner = environment.create_local_runner()
    began = time.monotonic()
    runner.start(len(plan.shoppers) + len(plan.staff), spawn_rate=100)
    is_interrupted = False
    try:
        while (passed := time.monotonic() - began) < plan.seconds:
            gevent.sleep(min(EVERY_SECONDS, plan.seconds - passed))
            tell(environment, run, time.monotonic() - began)
    except KeyboardInterrupt:
        is_interrupted = True
    took, begun = time.monotonic() - began, run.begun
    counts = {key: entry.num_requests for key, entry in environment.stats.entries.items()}
    run.is_over = True
    while run.busy and not is_interrupted and time.monotonic() - began < plan.seconds + LAST_SECONDS:
        sys.stdout.write(f"{run.busy} journeys are under way\n")
        sys.stdout.flush()
        wait_while(lambda: run.busy > 0, EVERY_SECONDS)
    unfinished = run.busy
    errors = {f"{each.name}: {each.error}": each.occurrences for each in environment.stats.errors.values()}
    rows = [row_of(entry, counts.get(key, 0) / took) for key, entry in environment.stats.entries.items()]
    runner.quit()
    made = sorted(run.names | set(run.shop.made))
    return Result(took, begun, rows, errors, dict(run.journeys), unfinished, made, run.shop.made)


def wait_while(condition: Callable[[], bool], seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while condition() and time.monotonic() < ends_at:
        gevent.sleep(0.1)


def tell(environment: Environment, run: Run, seconds: float) -> None:
    total = environment.stats.total
    sys.stdout.write(
        f"{seconds:4.0f} s: {sum(run.journeys.values())} journeys, {len(run.shop.made)} orders,"
        f" {total.num_requests / seconds:.1f} requests/s, {total.num_failures} failed\n"
    )
    sys.stdout.flush()


def row_of(entry: Any, rate: float) -> Row:
    p50, p95, p99 = (float(entry.get_response_time_percentile(share) or 0) for share in (0.5, 0.95, 0.99))
    return Row(entry.name, entry.num_requests, entry.num_failures, rate, p50, p95, p99)


if __name__ == "__main__":
    play(Plan.read(Path(sys.argv[1]))).write(Path(sys.argv[2]))

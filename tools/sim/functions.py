"""Lambda: environments by function, synchronous and asynchronous invocations."""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.local.aws.lambda_.async_invocations import Invocation, Settings, attempt
from tools.local.delivery.model import Message, Outcome, Pace
from tools.sim import lambda_service
from tools.sim.environments import Context, Died, Environment
from tools.sim.templates.arns import NOWHERE
from tools.sim.templates.blueprint import Function

if TYPE_CHECKING:
    from tools.sim.world import World

PACE = Pace(1.0)
COLD_START_SECONDS = (0.3, 1.2)
DELIVERY_SECONDS = (0.002, 0.12)
THROTTLED = Outcome({"errorType": "TooManyRequestsException", "errorMessage": "Rate exceeded"}, throttled=True)


class Functions:
    """All functions of the world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._idle: dict[str, list[Environment]] = defaultdict(list)
        self._spare: dict[str, list[Environment]] = defaultdict(list)
        """Environments that are loaded, and begin when a run needs a new one."""
        self._busy: dict[str, int] = defaultdict(int)
        self._made: dict[str, int] = defaultdict(int)
        self._version: dict[str, int] = defaultdict(int)
        self.all: set[Environment] = set()
        self.invocations = 0
        self.most_at_once: dict[str, int] = defaultdict(int)
        """The most invocations of each function at the same time."""

    def of(self, arn: str) -> Function:
        """The function of an ARN or name, with or without alias. Raises KeyError."""
        parts = arn.split(":")
        name = parts[6] if arn.startswith("arn:") else parts[0]
        return self._world.blueprint.functions[f"arn:aws:lambda:eu-west-1:000000000000:function:{name}"]

    def warm_up(self, wanted: Mapping[str, int]) -> None:
        """The environments that wait for the first invocations of a run."""
        for arn, function in sorted(self._world.blueprint.functions.items()):
            for _ in range(wanted.get(arn, 1)):
                self._idle[arn].insert(0, self._new(function))

    def load_ahead(self, wanted: Mapping[str, int]) -> None:
        """Load in advance what a run is likely to create beyond those that wait: loading one takes as long as a whole
        order. A run is the same with and without it."""
        for arn, number in sorted(wanted.items()):
            function, spare = self._world.blueprint.functions[arn], self._spare[arn]
            while len(spare) < number - self._made[arn]:
                spare.append(Environment(self._world, function))

    def renew(self, is_old: Callable[[Environment], bool]) -> None:
        """Remove the environments that wait and are old, and create a new one for each function that has none left."""
        for arn, listed in self._idle.items():
            self._spare[arn] = [each for each in self._spare[arn] if not is_old(each)]
            kept = [each for each in listed if not is_old(each)]
            listed[:] = kept or [self._new(self._world.blueprint.functions[arn])]

    def made(self) -> dict[str, int]:
        """How many environments of each function there are."""
        return dict(self._made)

    def _new(self, function: Function) -> Environment:
        self._made[function.arn] += 1
        spare = self._spare[function.arn]
        made = spare.pop() if spare else Environment(self._world, function)
        made.begin(self._made[function.arn], self._version[function.arn])
        return made

    def invoke(self, arn: str, event: Any, cause: str) -> Outcome:
        """Invoke and wait. Called by a task."""
        world, function = self._world, self.of(arn)
        name = world.label(function, cause)
        if world.faults.throttles_invocation(function, name) or self._is_full(function):
            world.note(f"{name} throttled")
            return THROTTLED
        self.invocations += 1
        self._busy[function.arn] += 1
        self.most_at_once[function.short] = max(self.most_at_once[function.short], self._busy[function.arn])
        environment = self._take(function, name)
        try:
            return self._run(environment, function, json.dumps(event), name)
        finally:
            self._busy[function.arn] -= 1
            if not environment.dead:
                environment.frozen = True
                if environment.version == self._version[function.arn]:
                    self._idle[function.arn].append(environment)

    def _is_full(self, function: Function) -> bool:
        return function.concurrency is not None and self._busy[function.arn] >= function.concurrency

    def _take(self, function: Function, name: str) -> Environment:
        idle = self._idle[function.arn]
        if idle:
            environment = idle.pop()
        else:
            environment = self._new(function)
            self._world.scheduler.sleep(self._world.decisions.between(*COLD_START_SECONDS, f"{name}/cold start"))
        if environment not in self.all:
            self.all.add(environment)
            environment.skew = self._world.faults.skew_of(environment.name)
        return environment

    def _run(self, environment: Environment, function: Function, event: str, name: str) -> Outcome:
        world = self._world
        ends = world.scheduler.now + function.timeout
        request_id = world.decisions.uuid(name)
        task = environment.start(name, event, Context(world.scheduler, request_id, function.name, ends))
        world.note(f"{name} starts in {environment.name}")
        if not world.scheduler.wait(task.done, function.timeout):
            environment.end()
            world.note(f"{name} timed out")
            return Outcome({"errorType": "Sandbox.Timedout", "errorMessage": "Task timed out"}, failed=True)
        if isinstance(task.failure, Died):
            world.note(f"{name} died")
            return Outcome({"errorType": "Runtime.ExitError", "errorMessage": "Runtime exited"}, failed=True)
        if task.failure is not None:
            raise task.failure
        outcome: Outcome = task.done.value
        world.note(f"{name} {'failed ' + outcome.error_message if outcome.failed else 'done'}")
        return outcome

    def crash(self, environment: Environment) -> None:
        environment.end()
        if environment in self._idle[environment.function.arn]:
            self._idle[environment.function.arn].remove(environment)

    def deploy(self, function: Function) -> None:
        """A new version takes over: what runs goes on, everything else starts in new environments."""
        self._version[function.arn] += 1
        self._idle[function.arn].clear()

    def invoke_later(self, arn: str, payload: Any, cause: str) -> None:
        """Accept an event for an asynchronous invocation."""
        world, function = self._world, self.of(arn)
        settings = Settings(retries=function.retries, age=function.event_age, on_failure=function.on_failure or NOWHERE)
        first = Invocation(world.decisions.uuid(f"async {function.name} {cause}"), arn, payload, world.scheduler.now)

        def work() -> None:
            invocation = first
            while True:
                number = invocation.attempts + invocation.throttles
                again = attempt(
                    invocation,
                    settings,
                    partial(self.invoke, arn, cause=f"{cause} attempt {number}"),
                    self._send,
                    world.now,
                    PACE,
                )
                if again is None:
                    return
                world.scheduler.sleep(again.due - world.scheduler.now)
                invocation = again.invocation

        delay = world.decisions.between(*DELIVERY_SECONDS, f"async {function.name} {cause}")
        world.background(f"async {function.name} {cause}", work, delay)

    def _send(self, message: Message) -> None:
        """Send to a destination with the rights of the function's role."""
        lambda_service.send_as_function(self._world, message)

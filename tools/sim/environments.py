"""Execution environments of functions, and invocations in them, as Lambda runs them.

An environment serves one invocation at a time. After its answer it is frozen: tasks that still run in it go on with
the next invocation. A crash, a time-out and a deployment end it; the next invocation starts a new one.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.local.delivery.model import Outcome
from tools.sim import edges
from tools.sim.modules import ModuleSet
from tools.sim.not_simulated import NotSimulated
from tools.sim.scheduler import Died, NoTask, Scheduler, Task
from tools.sim.templates.blueprint import Function

if TYPE_CHECKING:
    from tools.sim.world import World


class Environment:
    """One set of modules, with its own clock."""

    def __init__(self, world: "World", function: Function) -> None:
        self.world, self.function = world, function
        self.scheduler: Scheduler = world.scheduler
        self.name = ""
        self.began = world.scheduler.now
        self.dead = self.frozen = False
        self.parked: list[Task] = []
        self.tasks: list[Task] = []
        self.skew = 0.0
        self.version = 0
        self._draws = 0
        self.variables = {
            **function.variables,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "AWS_REGION": "eu-west-1",
        }
        self.modules = ModuleSet(edges.all_of(self), {"print": self._print})
        module, _, name = function.handler.rpartition(".")
        self._handler: Callable[[Any, Any], Any] = getattr(self.modules.load(module), name)

    def begin(self, number: int, version: int) -> None:
        """From now on it is the environment of this number. Until here nothing depended on the run."""
        self.name = f"{self.function.name.removeprefix('ecommerce-dev-')}.{number}"
        self.version, self.began = version, self.scheduler.now
        self.frozen = True

    # --- what the stand-ins need (edges.Place) ---

    def random(self) -> float:
        if not self.name:
            raise NotSimulated(f"{self.function.name} draws random numbers while its modules load")
        self._draws += 1
        return self.world.decisions.fraction(f"{self.name}/draw {self._draws}")

    def write(self, text: str) -> None:
        self.world.output(self.function, text)

    def _print(self, *values: Any, sep: str = " ", end: str = "\n", **_: Any) -> None:
        self.write(sep.join(map(str, values)) + end)

    def start_thread(self, work: Callable[[], Any]) -> Task:
        return self._task(self.scheduler.current().numbered("thread"), work)

    def http_request(self, method: str, url: str, **options: Any) -> Any:
        return self.world.http_request(method, url, **options)

    # --- invocations ---

    def start(self, name: str, event: str, context: "Context") -> Task:
        self.scheduler.thaw(self)
        self.tasks = [task for task in self.tasks if not task.dead]
        return self._task(name, lambda: self._run(event, context))

    def _task(self, name: str, work: Callable[[], Any]) -> Task:
        task = self.scheduler.spawn(name, work, self)
        self.tasks.append(task)
        return task

    def _run(self, event: str, context: "Context") -> Outcome:
        try:
            result = self._handler(json.loads(event), context)
        except Exception as error:
            self.world.note_error(error)
            return Outcome({"errorType": type(error).__name__, "errorMessage": str(error)}, failed=True)
        return Outcome(json.loads(_AS_JSON(result)))

    def end(self) -> None:
        """End all tasks of this environment. The task that waits for its invocation sees that it died."""
        self.dead = True
        for task in self.tasks:
            if not task.dead and task is not _present_task(self.scheduler):
                self.scheduler.at(self.scheduler.now, partial(self.scheduler.end, task))


def _present_task(scheduler: Scheduler) -> Task | None:
    try:
        return scheduler.current()
    except NoTask:
        return None


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_AS_JSON = json.JSONEncoder(default=_plain).encode


@dataclass
class Context:
    """The second argument of a handler."""

    scheduler: Scheduler
    aws_request_id: str
    function_name: str
    ends: float
    memory_limit_in_mb: int = 256
    function_version: str = "1"
    invoked_function_arn: str = ""

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.ends - self.scheduler.now) * 1000))


__all__ = ["Context", "Died", "Environment"]

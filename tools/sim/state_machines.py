"""Step Functions: the local cloud's executor and its API, in virtual time.

Executions go on in jobs. A step of an execution makes no call, so it runs in the scheduler's hub, a moment after its
cause. A task that invokes a function is a task of the scheduler, where it meets the faults of its call. Each name, id
and token follows from the execution's own name, so that a run is the same again.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from hashlib import sha512
from typing import TYPE_CHECKING

from tools.local.aws.json_api import Document
from tools.local.aws.stepfunctions.api import StepFunctionsService
from tools.local.aws.stepfunctions.executor import Executor, TaskFailed, status_detail
from tools.local.aws.stepfunctions.history import to_text
from tools.local.aws.stepfunctions.invocations import arn_of, result_of
from tools.local.aws.stepfunctions.machines import Machines
from tools.local.aws.stepfunctions.records import Store, execution_arn
from tools.local.aws.stepfunctions.tokens import Tokens
from tools.local.delivery.driver import Step
from tools.sim.aws_seam import REGION
from tools.sim.functions import PACE
from tools.sim.not_simulated import NotSimulated
from tools.sim.templates.blueprint import Role, StateMachine

if TYPE_CHECKING:
    from tools.sim.world import World

PRINCIPAL = "states.amazonaws.com"
# Between the cause of a step, such as an answer or a timer, and the step.
STEP_SECONDS = (0.005, 0.08)
EXECUTION = "execution "
SIGNED_WITH = "00"
CHANGE = "Step Functions Execution Status Change"


@dataclass
class _Job:
    step: Step
    number: int = 0
    """Of the plan for its next step that counts: a newer plan replaces older ones."""


class _Jobs:
    """The executor's jobs. A step returns the time of the next one."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._waiting: dict[str, _Job] = {}
        self._plans: Counter[str] = Counter()
        self.current = ""
        """The execution whose step runs now."""

    def submit(self, key: str, lane: str, step: Step, *, limit: int = 1, at: float | None = None) -> None:
        del lane, limit  # how many tasks run at once is limited by the functions that they invoke
        if key.startswith(EXECUTION):
            job = self._waiting.setdefault(key, _Job(step))
            self._plan(key, job, at or self._world.now())
        else:
            self._world.background(key, partial(self._work, step))

    def _plan(self, key: str, job: _Job, when: float) -> None:
        self._plans[key] += 1
        job.number = self._plans[key]
        delay = self._world.decisions.between(*STEP_SECONDS, f"{key} step {job.number}")
        self._world.scheduler.at(when + delay, partial(self._run, key, job, job.number))

    def _run(self, key: str, job: _Job, number: int) -> None:
        if job.number != number:
            return
        with self.entered(key.removeprefix(EXECUTION)):
            due = job.step()
        if due is not None:
            if job.number == number:  # else something happened meanwhile, and it runs at once
                self._plan(key, job, due)
        elif job.number == number:
            del self._waiting[key]

    def _work(self, step: Step) -> None:
        while (due := step()) is not None:
            self._world.scheduler.sleep(due - self._world.now())

    def entered(self, execution: str) -> "_Entered":
        return _Entered(self, execution)


class _Entered:
    """While it is entered, new ids and tokens follow from the name of this execution."""

    def __init__(self, jobs: _Jobs, execution: str) -> None:
        self._jobs, self._execution, self._before = jobs, execution, ""

    def __enter__(self) -> None:
        self._before, self._jobs.current = self._jobs.current, self._execution

    def __exit__(self, *_: object) -> None:
        self._jobs.current = self._before


class _Functions:
    """Lambda as tasks see it: with the rights of the machine's role, and with the faults of the call."""

    def __init__(self, world: "World", roles: dict[str, Role]) -> None:
        self._world, self._roles = world, roles

    def arn_of(self, arguments: Document) -> str:
        return arn_of(arguments)

    def invoke(self, execution: Document, arguments: Document) -> Document:
        """The result of the task. Raises TaskFailed."""
        world, function = self._world, arn_of(arguments)
        if arguments.get("InvocationType", "RequestResponse") != "RequestResponse":
            raise NotSimulated(f"a task with the InvocationType {arguments['InvocationType']}")
        role = self._roles[execution["role"]]
        if PRINCIPAL not in role.trusts or not world.rights.allows(role, "lambda:InvokeFunction", function):
            world.note_denied(f"{role.arn} may not invoke {function} for Step Functions")
            raise TaskFailed("Lambda.AWSLambdaException", f"{role.arn} is not authorized to invoke {function}")
        short = world.functions.of(function).short
        name = world.scheduler.current().name
        if world.faults.refuses_task(short, name):
            raise TaskFailed("Lambda.ServiceException", "Internal failure")
        outcome = world.functions.invoke(function, arguments.get("Payload", {}), name)
        if outcome.throttled:
            raise TaskFailed("Lambda.TooManyRequestsException", "Rate Exceeded.")
        if world.faults.loses_answer_of_task(short, name):
            raise TaskFailed("Lambda.SdkClientException", "the connection was closed")
        return result_of(outcome, world.decisions.uuid(f"{name} request"))


class StateMachines:
    """All state machines of the world, and their executions."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.store = Store(world.now)
        self.store.secret = SIGNED_WITH
        self._jobs = _Jobs(world)
        self._ids: Counter[str] = Counter()
        of_machines: list[StateMachine] = world.blueprint.state_machines
        roles = {machine.role.arn: machine.role for machine in of_machines}
        self._executor = Executor(
            self.store,
            self._jobs,
            _Functions(world, roles),
            self._announce,
            world.now,
            PACE,
            self._new_id,
            Tokens(self.store, self._random),
            self._chance,
        )
        machines = Machines(
            self.store,
            world.now,
            lambda: "revision",
            lambda role: PRINCIPAL in roles[role].trusts,
            lambda _: True,
            REGION,
        )
        self._api = StepFunctionsService(self._executor, machines)
        for each in of_machines:
            made = machines.create({"name": each.name, "definition": each.definition, "roleArn": each.role.arn})
            if made["arn"] != each.arn:
                raise NotSimulated(f"{each.name} has the ARN {made['arn']}, not {each.arn}")

    def perform(self, operation: str, request: Document) -> Document:
        """An operation of the API. Raises ApiError."""
        name = str(request.get("name", ""))
        with self._jobs.entered(execution_arn(str(request.get("stateMachineArn", "")), name) if name else ""):
            return self._api.perform(operation, request)

    def are_running(self) -> bool:
        return bool(self.store.running)

    def executions(self) -> list[Document]:
        """All executions of the run, for invariants."""
        return [one for machine in self.store.machines for one in self.store.executions_of(machine)]

    # --- what the executor needs ---

    def _new_id(self) -> str:
        return self._world.decisions.uuid(self._numbered("id"))

    def _random(self, size: int) -> bytes:
        name = self._numbered("token")
        blocks = (sha512(f"{self._world.decisions.uuid(name)} {n}".encode()).digest() for n in range(size // 64 + 1))
        return b"".join(blocks)[:size]

    def _chance(self) -> float:
        return self._world.decisions.fraction(self._numbered("jitter"))

    def _numbered(self, what: str) -> str:
        if not self._jobs.current:
            raise NotSimulated("StartExecution without a name, from which ids could follow")
        name = f"{self._jobs.current} {what}"
        self._ids[name] += 1
        return f"{name} {self._ids[name]}"

    def _announce(self, execution: Document) -> None:
        self._world.note(f"{execution['name']} {execution['status']} {execution['error'] or ''}")
        detail, cause = to_text(status_detail(execution)), f"{execution['arn']} {execution['status']}"
        self._world.bus.put("default", "aws.states", CHANGE, detail, [execution["arn"]], cause)

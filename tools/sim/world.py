"""One simulated platform: the parts, the seams through which functions reach them, and the trace of a run."""

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any

from tools.sim import aws_seam
from tools.sim.appsync import GraphQL
from tools.sim.aws import Aws
from tools.sim.aws_attempts import Response, copied
from tools.sim.bus import Bus
from tools.sim.calls import Answered, Call, FirstCall
from tools.sim.decisions import Decisions
from tools.sim.dynamodb.expressions import Item
from tools.sim.dynamodb.requests import Refused
from tools.sim.dynamodb.store import Store
from tools.sim.dynamodb.table import Key, Table
from tools.sim.environments import Environment
from tools.sim.faults.base import FaultDecisions
from tools.sim.faults.injection import Injection
from tools.sim.functions import Functions
from tools.sim.mail import Mailbox
from tools.sim.network import HttpAnswer, Network
from tools.sim.queues import SimulatedQueue
from tools.sim.rest import Rest
from tools.sim.rights import Rights
from tools.sim.scheduler import Died, NoTask, Scheduler, Task
from tools.sim.state_machines import StateMachines
from tools.sim.streams import Streams
from tools.sim.templates.blueprint import ENVIRONMENT, Blueprint, Function

START = 1_772_366_400.0  # 2026-03-01T12:00:00Z
AWS_SECONDS, SLOW_AWS_SECONDS, SLOW_SHARE = (0.001, 0.008), (0.01, 0.12), 0.06
# Their client is that of boto3's resource, which turns items into Python values in place.
COPY_ANSWERS_FOR = ("payment-3p",)
PARAMETERS = f"/ecommerce/{ENVIRONMENT}/"
# Longer than EventBridge tries to deliver an event, shorter than queues keep messages.
PATIENCE_SECONDS, LOOK_SECONDS = 2 * 86_400.0, 600.0
TRANSACTION_SECONDS = (0.001, 0.004)


class World:
    """Made once per process and warmed up; `begin` gives it the decisions and faults of a seed."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.scheduler = Scheduler(START)
        self.decisions = Decisions(0)
        self.rights = Rights(blueprint)
        self.store = Store([Table(schema) for schema in blueprint.tables.values()], self, self.draw)
        self.functions = Functions(self)
        self.rest, self.graphql, self.bus, self.aws = Rest(self), GraphQL(self), Bus(self), Aws(self)
        self.network, self.mailbox = Network(self), Mailbox()
        self.state_machines = StateMachines(self)
        self.parameters = {name.removeprefix(PARAMETERS): value for name, value in blueprint.parameters.items()}
        self.secrets = blueprint.secrets
        self.queues = {arn: SimulatedQueue(self, queue) for arn, queue in blueprint.queues.items()}
        self._by_url = {queue.queue.url: queue for queue in self.queues.values()}
        for source in blueprint.sources:
            if source.source_arn in self.queues:
                self.queues[source.source_arn].source = source
        self.streams = Streams(self)
        self.store.transactions.set(TRANSACTION_SECONDS)
        self.store.written.append(self.streams.written)
        self.faults = Injection(self, FaultDecisions(self.decisions, {}))
        self.records: list[Any] = []
        self.events: list[Any] = []
        self.consumed: set[tuple[str, str]] = set()
        """The ids of events, with the services whose rules took them."""
        self.denials: Counter[str] = Counter()
        self.refusals: Counter[tuple[str, str]] = Counter()
        """What DynamoDB refused, by function and code."""
        self.losses: list[str] = []
        self.shown_to_subscribers: list[tuple[str, Any]] = []
        """The mutations by which frontend-api publishes to subscribers, with their arguments."""
        self.lines: list[str] | None = None
        self.logs: list[str] | None = None
        self.calls = 0
        self.first_calls: dict[tuple[str, str, int], FirstCall] = {}
        """By function, call, and the number of the call in its task: of those that faults can hit."""
        self._trace = hashlib.sha256()
        self._labels: Counter[str] = Counter()

    def begin(self, decisions: Decisions, fault_decisions: FaultDecisions) -> None:
        """Take the decisions and faults of a seed."""
        self.decisions = decisions
        self.faults = Injection(self, fault_decisions)
        aws_seam.use(self)

    @property
    def is_calm(self) -> bool:
        return self.faults.fault_decisions.is_calm

    # --- time ---

    def now(self) -> float:
        return self.scheduler.now

    def sleep(self, seconds: float) -> None:
        self.scheduler.sleep(seconds)

    def random(self) -> float:
        """botocore's jitter."""
        task = self.scheduler.current()
        return self.decisions.fraction(task.numbered("jitter"))

    def draw(self, what: str) -> float:
        """A fraction for something that happens to what runs now: a task, or a time of AWS itself."""
        try:
            name = self.scheduler.current().numbered(what)
        except NoTask:
            name = self.repeated(what)
        return self.decisions.fraction(name)

    def background(self, name: str, work: Callable[[], Any], after: float = 0.0) -> Task:
        """Start a task that no execution environment owns. An unexpected exception in it ends the run."""

        def guarded() -> Any:
            try:
                return work()
            except Died:
                raise
            except BaseException as error:
                self.scheduler.simulator_error = self.scheduler.simulator_error or error
                raise

        return self.scheduler.spawn(name, guarded, after=after)

    def run(self, until: float = float("inf")) -> None:
        """Go on until a time, or until nothing is left to do. Raises what broke the simulator itself."""
        self.scheduler.run(until)

    def come_to_rest(self) -> None:
        """Go on until nothing is left to do, or for two virtual days while executions of state machines still run."""
        ends = self.now() + PATIENCE_SECONDS
        while self.state_machines.are_running() and self.now() < ends:
            self.run(self.now() + LOOK_SECONDS)
        if not self.state_machines.are_running():
            self.run()

    # --- names and the trace ---

    def label(self, function: Function, cause: str) -> str:
        """A short name of one invocation, the same in each run of the seed."""
        name = f"{function.short}:{hashlib.blake2b(cause.encode(), digest_size=4).hexdigest()}"
        self._labels[name] += 1
        return name if self._labels[name] == 1 else f"{name}#{self._labels[name]}"

    def repeated(self, cause: str) -> str:
        self._labels[cause] += 1
        return f"{cause} x{self._labels[cause]}"

    def note(self, text: str) -> None:
        line = f"{self.scheduler.now - START:12.4f} {text}"
        self._trace.update(line.encode())
        if self.lines is not None:
            self.lines.append(line)

    def trace_hash(self) -> str:
        return self._trace.hexdigest()

    def output(self, function: Function, text: str) -> None:
        if self.logs is not None:
            self.logs.append(f"{function.short}: {text}")

    def note_error(self, error: Exception) -> None:
        if self.lines is not None:
            import traceback

            self.lines.append("".join(traceback.format_exception(error))[-1500:])

    def note_dropped(self, what: str) -> None:
        self.losses.append(what)
        self.note(f"LOST {what}")

    def note_denied_call(self, call: Call, why: str) -> None:
        self.note_denied(f"{call.function}: {why}")

    def note_denied(self, what: str) -> None:
        """A role or a resource policy refused what a part of the platform does."""
        self.denials[what] += 1
        self.note(f"DENIED {what}")

    def count_refusal(self, call: Call, refused: Refused) -> None:
        """Count what DynamoDB refuses: by its code, or by the reasons of a cancelled transaction."""
        reasons = {reason["Code"] for reason in refused.more.get("CancellationReasons", ())} - {"None"}
        self.refusals.update((call.function, reason) for reason in reasons or {refused.code})

    def published(self, record: Any) -> None:
        self.records.append(record)

    def event_accepted(self, event: Any) -> None:
        self.events.append(event)
        self.note(f"event {event['detail-type']} {' '.join(event['resources'])}")

    # --- what functions reach ---

    def queue(self, place: str) -> SimulatedQueue:
        return self._by_url[place] if place.startswith("http") else self.queues[place]

    def aws_request(self, service: str, operation: str, request: Any) -> Response:
        """A request of a boto3 client of the task that runs now."""
        task = self.scheduler.current()
        environment = task.owner if isinstance(task.owner, Environment) else None
        if environment is not None and environment.dead:
            raise Died
        self.calls += 1
        name = task.numbered(f"{service}.{operation}")
        call = self.aws.call_of(name, service, operation, request)
        call.environment = environment
        self.note_first(call)
        try:
            self.faults.before(call)
            self.scheduler.sleep(self._aws_seconds(name))
            answer = self.aws.answer(call)
            self.scheduler.sleep(self.decisions.between(*AWS_SECONDS, f"{name}/back"))
            self.faults.after(call)
        except Answered as answered:
            answer = answered.response
        self.note(f"{name} {call.place} {answer.status_code}")
        if environment is not None and environment.function.service in COPY_ANSWERS_FOR:
            answer = copied(answer)
        return answer

    def note_first(self, call: Call) -> None:
        if self.faults.fault_decisions.is_calm:
            return
        function = self.faults.function_with_faults(call)
        if function is None:
            return
        if (place := (function.short, call.pattern, call.number)) not in self.first_calls:
            self.first_calls[place] = FirstCall(call.name, call.kind, call.service, call.operation)

    def _aws_seconds(self, name: str) -> float:
        if self.decisions.happens(SLOW_SHARE, f"{name}/slow"):
            return self.decisions.between(*SLOW_AWS_SECONDS, f"{name}/there")
        return self.decisions.between(*AWS_SECONDS, f"{name}/there")

    def http_request(self, method: str, url: str, **options: Any) -> HttpAnswer:
        return self.network.request(method, url, **options)

    # --- time to live ---

    def expire(self, name: str) -> None:
        """Delete the items of a table whose time is over, as DynamoDB does some time later."""
        table = self.store.tables[name]
        for key, item in sorted(table.items.items()):
            if self._is_over(table, item):
                self.store.commit(table, key, None)
                self.note(f"expired {name} {key}")

    def _is_over(self, table: Table, item: Item) -> bool:
        value = item.get(table.schema.expires)
        return value is not None and "N" in value and float(value["N"]) < self.scheduler.now

    def items(self, table: str) -> dict[Key, Item]:
        """The items of a table, for invariants."""
        return self.store.tables[table].items

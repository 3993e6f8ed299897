"""Asks at each hop which faults happen, and does what a fault does there."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.local.aws.eventbridge.targets import Refusal
from tools.sim.calls import Call
from tools.sim.faults import catalogue
from tools.sim.faults.base import Fault, FaultDecisions
from tools.sim.faults.call_faults import CallFault, before_and_after
from tools.sim.templates.blueprint import Function

if TYPE_CHECKING:
    from tools.sim.world import World

# Another company's system: what happens inside it is not ours to inject. Its answers are.
PROVIDERS = ("payment-3p",)
OBSERVERS = ("reconciliation",)
WITHOUT_FAULTS = frozenset((*PROVIDERS, *OBSERVERS))
THROTTLED_SECONDS = 300.0
DOWN_SECONDS = 60.0
API_DOWN_CALL = catalogue.BY_NAME[catalogue.OUTAGES[catalogue.API_DOWN.name]]
OF_OUTAGES = frozenset(catalogue.OUTAGES.values())
TWICE = {
    "event": catalogue.EVENT_TWICE,
    "stream batch": catalogue.BATCH_TWICE,
    "queue message": catalogue.MESSAGE_TWICE,
}


class Injection:
    """The faults of one run."""

    def __init__(self, world: "World", fault_decisions: FaultDecisions) -> None:
        self._world, self.fault_decisions = world, fault_decisions
        active = [fault for fault in catalogue.ALL if fault_decisions.is_on(fault)]
        self._before, self._after = before_and_after(active)
        self._out_until: dict[str, float] = {}
        """Until when a table is throttled, or the API of a service is down."""
        self._expiring: list[str] = []
        """Tables whose expired items DynamoDB deletes in this run. In the others it deletes none."""
        self._applying: dict[tuple[str, ...], list[CallFault]] = {}

    def _fires(self, fault: Fault, where: str, cell: tuple[str, str] = ("", ""), text: str = "") -> bool:
        fired = self.fault_decisions.fires(fault, where, self._world.scheduler.now, cell, text)
        if fired:
            self._world.note(f"FAULT {fault.name} {where}")
        return fired

    # --- calls ---

    def before(self, call: Call) -> None:
        """Raises what the caller sees in the place of an answer."""
        self._on_call("before", self._before, call)

    def after(self, call: Call) -> None:
        self._on_call("after", self._after, call)

    def _on_call(self, phase: str, faults: list[CallFault], call: Call) -> None:
        if not faults or self.fault_decisions.is_calm:
            return
        function = self.function_with_faults(call)
        if function is None:
            return
        key = (phase, call.kind, call.service, call.operation)
        applying = self._applying.get(key)
        if applying is None:
            applying = self._applying[key] = [fault for fault in faults if fault.applies(call)]
        for fault in applying:
            if self.fault_decisions.decides(fault, call.name) and self._is_due(fault, call):
                text = f"{call} of {function.short}"
                if self._fires(fault, call.name, (function.short, call.pattern), text):
                    fault.act(self._world, call)

    @staticmethod
    def function_with_faults(call: Call) -> Function | None:
        """The function that makes the call, or None if its service runs without faults."""
        function = call.environment.function if call.environment else None
        return None if function is None or function.service in WITHOUT_FAULTS else function

    def _is_due(self, fault: Fault, call: Call) -> bool:
        """An outage lasts for its time only."""
        if fault.name not in OF_OUTAGES:
            return True
        places = (call.service,) if call.kind == "http" else (call.place, *call.others)
        now = self._world.scheduler.now
        return any(self._out_until.get(place, 0.0) > now for place in places)

    # --- people and functions ---

    def is_down_for_people(self, call: Call) -> bool:
        """Whether a REST API that is down does not answer a person. It refuses who may not call all the same."""
        if self.fault_decisions.is_calm or not self._is_due(API_DOWN_CALL, call):
            return False
        return self._fires(API_DOWN_CALL, call.name, ("person", call.pattern), f"{call} of a person")

    def person_loses(self, what: str, field: str, name: str) -> bool:
        fault = catalogue.LOST_REQUEST if what == "request" else catalogue.LOST_ANSWER
        return self._fires(fault, name, ("person", field))

    def throttles_invocation(self, function: Function, name: str) -> bool:
        if function.service in WITHOUT_FAULTS:
            return False
        return self._fires(catalogue.INVOCATION_THROTTLED, name, (function.short, "invocation"))

    def refuses_task(self, function: str, name: str) -> bool:
        """Whether Lambda does not take the task of an execution."""
        return self._fires(catalogue.TASK_REFUSED, name, (function, "task"), function)

    def loses_answer_of_task(self, function: str, name: str) -> bool:
        return self._fires(catalogue.TASK_LOST_ANSWER, name, (function, "task"), function)

    def skew_of(self, name: str) -> float:
        """How far the clock of a new environment is off, in seconds."""
        if not self._fires(catalogue.CLOCK_OFF, name, (name, "clock")):
            return 0.0
        return self._world.decisions.between(-4.0, 4.0, f"{name}/skew")

    # --- delivery ---

    def delivers_again(self, what: str, name: str) -> bool:
        return self._fires(TWICE[what], name, (what, "delivery"))

    def delay_of(self, event: Mapping[str, Any], name: str) -> float:
        """How much later than usual an event is delivered, in seconds."""
        text = f"{event['detail-type']} {' '.join(event.get('resources', []))}".strip()
        if self._fires(catalogue.EVENT_VERY_LATE, name, ("event", "delivery"), text):
            return self._world.decisions.between(1800.0, 4 * 3600.0, f"{name}/very late")
        if self._fires(catalogue.EVENT_LATE, name, ("event", "delivery"), text):
            return self._world.decisions.between(1.0, 120.0, f"{name}/late")
        return 0.0

    def target_refuses(self, arn: str, name: str) -> Refusal | None:
        if self._fires(catalogue.EVENT_UNDELIVERED, name, (arn.rpartition(":")[2], "delivery")):
            return Refusal("SDK_CLIENT_ERROR", "simulated: the target could not be reached")
        if self._fires(catalogue.TARGET_BUSY, name, (arn.rpartition(":")[2], "delivery")):
            return Refusal("THROTTLING", "simulated: the target was busy", retry=True)
        return None

    # --- the world around ---

    def begin(self, ends: float) -> None:
        """Plan what does not wait for a call: until `ends` some tables are throttled, some functions deployed."""
        world, decisions = self._world, self._world.decisions
        start = world.scheduler.now
        if self._fires(catalogue.INDEX_LAG, "all indexes"):
            longest = decisions.between(0.05, 3.0, "longest index lag")
            world.store.lag.set((0.0, longest))
        for name in sorted(world.blueprint.tables):
            if any(name.startswith(f"ecommerce-dev-{other}-") for other in PROVIDERS):
                continue
            if self._fires(catalogue.TABLE_THROTTLED, name, (name, "table")):
                at = decisions.between(start, ends, f"{name} throttled at")
                world.scheduler.at(at, partial(self._begin_outage, name, THROTTLED_SECONDS))
            if world.blueprint.tables[name].expires and self._fires(catalogue.TTL_DELETION, name, (name, "ttl")):
                at = decisions.between(start, ends, f"{name} expires at")
                world.scheduler.at(at, partial(world.expire, name))
                self._expiring.append(name)
        for service in sorted(api.service for api in world.blueprint.apis.values()):
            if self._fires(catalogue.API_DOWN, service, (service, "api")):
                at = decisions.between(start, ends, f"{service} down at")
                world.scheduler.at(at, partial(self._begin_outage, service, DOWN_SECONDS))
        for arn, function in sorted(world.blueprint.functions.items()):
            if function.service not in PROVIDERS and self._fires(
                catalogue.DEPLOYMENT, function.name, (function.name, "deployment")
            ):
                at = decisions.between(start, ends, f"{arn} deployed at")
                world.scheduler.at(at, partial(world.functions.deploy, function))

    def delete_expired(self) -> None:
        """Delete, in the evening, what expired in the tables of `ttl-deletion`: within the day few items do."""
        for name in self._expiring:
            self._world.expire(name)

    def _begin_outage(self, place: str, seconds: float) -> None:
        self._out_until[place] = self._world.scheduler.now + seconds

"""EventBridge: PutEvents, rules with patterns, targets, schedules. Delivery is the local cloud's state machine."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from tools.local.aws.eventbridge.targets import Delivery, Refusal, deliver
from tools.local.delivery.model import Message
from tools.sim.engine_rules import matches_pattern
from tools.sim.functions import PACE
from tools.sim.not_simulated import NotSimulated
from tools.sim.rights import EVENTBRIDGE
from tools.sim.templates.arns import NOWHERE
from tools.sim.templates.blueprint import Rule, Schedule

if TYPE_CHECKING:
    from tools.sim.world import World

DELIVERY_SECONDS = (0.02, 0.5)


class Bus:
    """All buses of the world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.schedules_run = True

    def put(self, bus: str, source: str, detail_type: str, detail: str, resources: list[str], cause: str) -> str:
        """Accept one event. Returns its id."""
        own = self._world.decisions.uuid(f"event {cause}")
        now = datetime.fromtimestamp(int(self._world.scheduler.now), UTC)
        event = {
            "version": "0",
            "id": own,
            "detail-type": detail_type,
            "source": source,
            "account": "000000000000",
            "time": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": "eu-west-1",
            "resources": resources,
            "detail": json.loads(detail),
        }
        self._world.event_accepted(event)
        self._match(bus, event, cause)
        return own

    def deliver_again(self, event: dict[str, Any], number: int) -> None:
        """Deliver an event of our bus once more, as a replay of the archive does."""
        buses = {rule.bus for rule in self._world.blueprint.rules} - {"default"}
        for bus in sorted(buses):
            self._match(bus, event, f"again {number} {event['id']}")

    def _match(self, bus: str, event: dict[str, Any], cause: str) -> None:
        view = View(event)
        for rule in self._world.blueprint.rules:
            if rule.bus == bus and _may_match(rule.pattern, event) and matches_pattern(rule.pattern, view):
                self._world.consumed.add((event["id"], rule.service))
                for target in rule.targets:
                    self._deliver(rule, target, event, f"{cause} {target['Id']}")

    def _deliver(self, rule: Rule | Schedule, target: Mapping[str, Any], event: Mapping[str, Any], cause: str) -> None:
        faults = self._world.faults
        name = f"{rule.arn.rpartition('/')[2]} {cause}"
        copies = 2 if faults.delivers_again("event", name) else 1
        for copy in range(copies):
            own = name if not copy else f"{name} again"
            delay = self._world.decisions.between(*DELIVERY_SECONDS, own) + faults.delay_of(event, own)
            self._world.background(own, partial(self._attempts, rule, target, event, own), delay)

    def _attempts(self, rule: Rule | Schedule, target: Mapping[str, Any], event: Mapping[str, Any], name: str) -> None:
        world, text = self._world, json.dumps(event)
        target = {"DeadLetterConfig": {"Arn": NOWHERE}, **target}
        delivery = Delivery(world.decisions.uuid(name), rule.arn, target, text, "", world.scheduler.now)
        while True:
            attempt = f"{name} attempt {delivery.attempts}"
            again = deliver(delivery, partial(self._offer, name=attempt), self._dead_letter, world.now, PACE)
            if again is None:
                return
            world.scheduler.sleep(again.due - world.scheduler.now)
            delivery = again.delivery

    def _offer(self, delivery: Delivery, name: str) -> Refusal | None:
        world, arn = self._world, str(delivery.target["Arn"])
        if (refusal := world.faults.target_refuses(arn, name)) is not None:
            return refusal
        if ":sqs:" in arn:
            queue = world.queue(arn)
            if not world.rights.queue_takes_from(queue.queue, delivery.rule):
                world.note_denied(f"{delivery.rule.rpartition('/')[2]} may not send to {queue.queue.name}")
                return Refusal("NO_PERMISSIONS", f"{delivery.rule} may not send to {arn}")
            queue.send(delivery.payload, None, name)
            return None
        if ":lambda:" in arn:
            if not world.rights.service_may_invoke(arn, EVENTBRIDGE, delivery.rule):
                world.note_denied(f"{delivery.rule.rpartition('/')[2]} may not invoke {arn.rpartition('function:')[2]}")
                return Refusal("NO_PERMISSIONS", f"{delivery.rule} may not invoke {arn}")
            world.functions.invoke_later(arn, json.loads(delivery.payload), name)
            return None
        raise NotSimulated(f"a target {arn} is not simulated")

    def _dead_letter(self, message: Message) -> None:
        if message.destination == NOWHERE:
            kind = json.loads(message.body)["detail-type"]
            self._world.note_dropped(
                f"{message.source.rpartition('/')[2]} dropped {kind}: its target has no dead-letter queue"
            )
            return
        queue = self._world.queue(message.destination)
        if not self._world.rights.queue_takes_from(queue.queue, message.source):
            self._world.note_dropped(f"{queue.queue.name} does not take dead letters of {message.source}")
            return
        attributes = message.attributes or {}
        queue.send(
            message.body, {key: {"DataType": kind, "StringValue": text} for key, (kind, text) in attributes.items()}
        )

    def start_schedules(self) -> None:
        for schedule in self._world.blueprint.schedules:
            self._tick(schedule, 1)

    def _tick(self, schedule: Schedule, number: int) -> None:
        name = schedule.arn.rpartition("/")[2]
        if number > 1 and not self.schedules_run:
            return

        def run() -> None:
            if self.schedules_run:
                event = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, "resources": []}
                for target in schedule.targets:
                    self._deliver(schedule, target, event, f"tick {number} {target['Id']}")
            self._tick(schedule, number + 1)

        offset = self._world.decisions.between(0.0, schedule.seconds, f"{name} begins") if number == 1 else 0.0
        self._world.scheduler.at(self._world.scheduler.now + (offset or schedule.seconds), run)


@cache
def _types_in(pattern: str) -> frozenset[str] | None:
    """The detail types that a pattern lists; None when it has none, or describes them in another way."""
    listed = json.loads(pattern).get("detail-type")
    is_plain = isinstance(listed, list) and all(isinstance(each, str) for each in listed)
    return frozenset(listed) if is_plain else None


def _may_match(pattern: str, event: Mapping[str, Any]) -> bool:
    """Whether an event is of a type that the pattern lists: most rules want none of an event."""
    types = _types_in(pattern)
    return types is None or event["detail-type"] in types


class View:
    """An event as the engine's patterns see it."""

    def __init__(self, event: dict[str, Any]) -> None:
        self._event = event
        self._envelope = {key: value for key, value in event.items() if key != "detail"}

    def envelope(self) -> dict[str, Any]:
        return self._envelope

    def event_with_detail(self) -> dict[str, Any]:
        return self._event

"""Settings that matter in moments that a run may not have: rules take each event that the contracts name, nothing can
be dropped, and API Gateway may invoke the function of each route. Read from the templates, at the end of each run."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tools.sim.aws_seam import ACCOUNT, REGION
from tools.sim.bus import View
from tools.sim.engine_rules import matches_pattern
from tools.sim.invariants.consumers import CONSUMERS
from tools.sim.invariants.mails import OF_ORDERS
from tools.sim.invariants.violation import Violation
from tools.sim.rights import API_GATEWAY
from tools.sim.templates.blueprint import Function, Queue, Rule, Schedule, Source

if TYPE_CHECKING:
    from tools.sim.world import World

DAY_SECONDS = 86_400
# EventBridge tries to deliver for a day, at most so often.
MOST_DELIVERIES = 185
FEWEST_RECEIVES = 96
VISIBILITY_TIMEOUTS = 6  # of the function, as AWS recommends for queues
RETRY_LATER = "RetryLater"  # what a step raises that has to be tried again
FEWEST_RETRIES, MOST_RETRIES = 3, 10  # of a record that always fails
SERVICES = {
    "Order": "orders",
    "Packag": "warehouse",
    "Stock": "warehouse",
    "Delivery": "delivery",
    "Payment": "payment",
    "Return": "returns",
    "Picture": "pictures",
    "User": "users",
}
# Consumers of some of the events of a kind, with the least that selects one.
SELECTED: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("payment", "OrderModified", {"changed": ["total"]}),
    ("payment", "OrderModified", {"changed": ["packagedDate"]}),
    ("warehouse", "OrderModified", {"changed": ["products"]}),
    ("frontend-api", "OrderModified", {"followed": True}),
    ("cart", "OrderCreated", {"channel": "cart"}),
    *(
        ("notifications", "OrderModified", {"changed": ["status"], "new": {"status": status}})
        for status in OF_ORDERS
        if status != "NEW"
    ),
)


def e1_rules_take_what_the_contracts_name(world: "World") -> Iterator[Violation]:
    """A rule of each consumer takes the event, also of a kind that no run publishes: no order is deleted."""
    plain = [(service, name) for name, services in CONSUMERS.items() for service in services]
    wanted = [*((*each, {}) for each in plain), *SELECTED]
    for service, name, detail in wanted:
        producer = next(owner for start, owner in SERVICES.items() if name.startswith(start))
        event = _event(f"ecommerce.{producer}", name, dict(detail))
        rules = [rule for rule in world.blueprint.rules if rule.service == service and rule.bus != "default"]
        if not any(matches_pattern(rule.pattern, event) for rule in rules):
            yield Violation("E1", f"no rule of {service} takes {name} {json.dumps(detail) if detail else ''}".rstrip())


def e4_nothing_can_be_dropped(world: "World") -> Iterator[Violation]:
    """What fails is tried again for long enough, and becomes a dead letter."""
    for source in world.blueprint.sources:
        function = world.functions.of(source.function_arn)
        if not source.partial:
            yield Violation("E4", f"the event source of {function.name} has no ReportBatchItemFailures")
        if ":sqs:" in source.source_arn:
            yield from _queue(world, world.blueprint.queues[source.source_arn], function)
        else:
            yield from _stream(world, source, function)
    rules: list[Rule | Schedule] = [*world.blueprint.rules, *world.blueprint.schedules]
    for rule in rules:
        for target in rule.targets:
            yield from _target(world, rule, target)


def _queue(world: "World", queue: Queue, function: Function) -> Iterator[Violation]:
    if queue.visibility < VISIBILITY_TIMEOUTS * function.timeout:
        yield Violation("E4", f"messages of {queue.name} are visible while {function.name} may still work on them")
    if queue.retention < 4 * DAY_SECONDS or queue.max_receive_count < FEWEST_RECEIVES:
        yield Violation("E4", f"{queue.name} gives its messages up too early")
    if not world.rights.allows(function.role, "sqs:ChangeMessageVisibility", queue.arn):
        yield Violation("RIGHTS", f"{function.name} may not put a message of {queue.name} back for later")
    if queue.dead_letters not in world.queues or world.queues[queue.dead_letters].source is not None:
        yield Violation("E4", f"{queue.name} has no dead-letter queue")


def _stream(world: "World", source: Source, function: Function) -> Iterator[Violation]:
    what = f"the event source of {function.name}"
    if not source.bisect or not FEWEST_RETRIES <= source.retries <= MOST_RETRIES or source.record_age != -1:
        yield Violation("E4", f"{what} does not isolate a record that always fails, or gives others up with it")
    bucket = source.on_failure.removeprefix("arn:aws:s3:::")
    if bucket not in world.blueprint.buckets:
        yield Violation("E4", f"{what} has no destination for what failed")
        return
    needs = (("s3:PutObject", f"{source.on_failure}/a-key"), ("s3:ListBucket", source.on_failure))
    if not all(world.rights.allows(function.role, *need) for need in needs):
        yield Violation("E4", f"{what} may not write to its bucket for what failed")
    created = _event("aws.s3", "Object Created", {"bucket": {"name": bucket}, "object": {"key": "a-key"}})
    takers = [
        target
        for rule in world.blueprint.rules
        if rule.bus == "default" and matches_pattern(rule.pattern, created)
        for target in rule.targets
        if world.rights.queue_takes_from(world.blueprint.queues[target["Arn"]], rule.arn)
    ]
    if not world.blueprint.buckets[bucket] or not takers:
        yield Violation("E4", f"what {what} writes to its bucket becomes no dead letter")


def _target(world: "World", rule: Rule | Schedule, target: Mapping[str, Any]) -> Iterator[Violation]:
    name = rule.arn.rpartition("/")[2]
    letters = world.blueprint.queues.get((target.get("DeadLetterConfig") or {}).get("Arn", ""))
    if letters is None or not world.rights.queue_takes_from(letters, rule.arn):
        yield Violation("E4", f"a target of {name} has no dead-letter queue that takes what it gives up")
    policy = target.get("RetryPolicy") or {}
    attempts = int(policy.get("MaximumRetryAttempts", MOST_DELIVERIES))
    if isinstance(rule, Rule) and (attempts, int(policy.get("MaximumEventAgeInSeconds", DAY_SECONDS))) != (
        MOST_DELIVERIES,
        DAY_SECONDS,
    ):
        yield Violation("E4", f"{name} does not try to deliver for a day")
    if ":lambda:" not in target["Arn"]:
        return
    function = world.functions.of(target["Arn"])
    if function.on_failure not in world.blueprint.queues:
        yield Violation("E4", f"{function.name} has no destination for what failed")
    elif not world.rights.allows(function.role, "sqs:SendMessage", function.on_failure):
        yield Violation("E4", f"{function.name} may not send to its destination for what failed")
    if isinstance(rule, Rule) and function.retries < 2:
        yield Violation("E4", f"{function.name} is tried only once")


def e4_steps_try_again(world: "World") -> Iterator[Violation]:
    """A step of a state machine whose outcome is unknown is tried for a day at least, or its failure leads to another
    step."""
    for machine in world.blueprint.state_machines:
        for name, state in json.loads(machine.definition)["States"].items():
            if state["Type"] != "Task" or any("States.ALL" in each["ErrorEquals"] for each in state.get("Catch", ())):
                continue
            tried = sum(_seconds(each) for each in state.get("Retry", ()) if RETRY_LATER in each["ErrorEquals"])
            if tried < DAY_SECONDS:
                yield Violation("E4", f"the step {name} of {machine.name} is tried for {tried:.0f} s only")


def _seconds(retrier: Mapping[str, Any]) -> float:
    """How long a retrier waits in all."""
    most, rate = retrier.get("MaxDelaySeconds", DAY_SECONDS), retrier.get("BackoffRate", 2.0)
    waits, wait = 0.0, float(retrier.get("IntervalSeconds", 1))
    for _ in range(retrier.get("MaxAttempts", 3)):
        waits += min(wait, most)
        wait = min(wait * rate, most)
    return waits


def functions_may_send_dead_letters(world: "World") -> Iterator[Violation]:
    """RIGHTS: a function that has a dead-letter queue may send to it. A run has no event that no function can read."""
    queues = {queue.queue.url: arn for arn, queue in world.queues.items()}
    for function in world.blueprint.functions.values():
        arn = queues.get(function.variables.get("DEAD_LETTER_QUEUE_URL", ""))
        if arn is not None and not world.rights.allows(function.role, "sqs:SendMessage", arn):
            yield Violation("RIGHTS", f"{function.name} may not send to its dead-letter queue")


def routes_may_invoke_their_functions(world: "World") -> Iterator[Violation]:
    for api in world.blueprint.apis.values():
        for route in api.routes:
            place = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/prod/{route.method}{route.template}"
            arn = route.function_arn
            if arn and not world.rights.service_may_invoke(arn, API_GATEWAY, place):
                why = f"API Gateway may not invoke the function of {api.service} {route.method} {route.template}"
                yield Violation("RIGHTS", why)


def _event(source: str, name: str, detail: dict[str, Any]) -> View:
    return View({"source": source, "detail-type": name, "detail": detail, "resources": []})

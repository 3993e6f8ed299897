"""Send archived events to their consumers."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tools.operate.bus.naming import new_name
from tools.operate.bus.rules import Rule
from tools.operate.replay.period import Period
from tools.operate.replay.replays import replayed
from tools.project.aws import Target
from tools.project.problems import Problem

# What a target can make of an event. A target of this platform gets the event itself.
_OTHER_INPUT = ("Input", "InputPath", "InputTransformer")


def replay(
    target: Target, rules: Sequence[Rule], period: Period, tell: Callable[[str], object] = sys.stderr.write
) -> str:
    """EventBridge replays every event of the period to these rules, with their retries and dead-letter queues. Returns
    the name of the replay, once all events are handed over."""
    name = new_name("replay", target.environment.name, datetime.now(UTC))
    replayed(target, name, period, [rule.arn for rule in rules], tell)
    return name


def send(target: Target, rule: Rule, events: Sequence[Mapping[str, Any]]) -> int:
    """Send events to the targets of a rule as EventBridge does: an asynchronous invocation, or a message. Returns how
    often one was sent."""
    sent = 0
    for each in rule.targets:
        arn = str(each["Arn"])
        if any(name in each for name in _OTHER_INPUT):
            raise Problem(f"{rule.name} changes the input of {arn}; replay without ORDER=")
        if arn.split(":")[2] not in _WAYS:
            raise Problem(f"{rule.name} has the target {arn}, which is no function or queue; replay without ORDER=")
        for event in events:
            _WAYS[arn.split(":")[2]](target, arn, json.dumps(event, ensure_ascii=False))
            sent += 1
    return sent


def _to_function(target: Target, arn: str, event: str) -> None:
    target.client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=event.encode())


def _to_queue(target: Target, arn: str, event: str) -> None:
    sqs = target.client("sqs")
    url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=event)


_WAYS: Mapping[str, Callable[[Target, str, str], None]] = {"lambda": _to_function, "sqs": _to_queue}

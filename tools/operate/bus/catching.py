"""Events caught from the bus by temporary rules and queues, which exist as long as the block runs.

Consumers do not notice it: a rule delivers copies. EventBridge charges nothing for deliveries to a queue in the same
account; SQS charges requests. What a killed process leaves behind is removed by the next run, a day later.
"""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from tools.operate.bus.naming import made_at, prefix_of_temporary
from tools.operate.bus.rules import bus_of
from tools.operate.interrupts import Interrupts, ignore_interrupts, interrupts_end_the_block
from tools.project.aws import Target

Pattern = Mapping[str, Any]
OLD = timedelta(days=1)
# SQS keeps what nothing reads for an hour only. The least is a minute.
_ATTRIBUTES = {"MessageRetentionPeriod": "3600", "SqsManagedSseEnabled": "true"}
# "allow a short period of time for changes to take effect" (EventBridge API Reference, PutRule)
SETTLES_SECONDS = 30.0
_GONE = ("ResourceNotFoundException", "NonExistentQueue", "QueueDoesNotExist", "QueueDoesNotExistException")


class Caught:
    """A queue that receives copies of events."""

    def __init__(self, target: Target, url: str) -> None:
        self._sqs, self._url = target.client("sqs"), url
        self._seen: set[str] = set()

    def receive(self, wait_seconds: int) -> list[dict[str, Any]]:
        """The events that came since the last call, each once although queue and bus deliver at least once."""
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
        messages = answer.get("Messages", [])
        if not messages:
            return []
        entries = [
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]} for number, message in enumerate(messages)
        ]
        self._sqs.delete_message_batch(QueueUrl=self._url, Entries=entries)
        events = {event["id"]: event for event in (json.loads(message["Body"]) for message in messages)}
        new = [event for id_, event in events.items() if id_ not in self._seen]
        self._seen.update(events)
        return new


@contextmanager
def caught(
    target: Target, name: str, patterns: Sequence[Sequence[Pattern]]
) -> Iterator[tuple[list[Caught], list[str]]]:
    """One queue for each group of patterns, and a rule for each pattern. Yields the queues and the ARNs of the rules.

    SIGTERM and SIGHUP end the block as ctrl-C does; signals during the removal are ignored.
    """
    bus = bus_of(target)
    rules: list[str] = []
    queues: list[Caught] = []
    with interrupts_end_the_block() as interrupts, ExitStack() as made:
        try:
            for number, group in enumerate(patterns):
                url, arn = _queue(target, f"{name}-{number}", made, interrupts)
                names = [f"{name}-{number * 10 + place}" for place in range(len(group))]
                allowed = [
                    _rule(target, bus, each, pattern, arn, made, interrupts)
                    for each, pattern in zip(names, group, strict=True)
                ]
                _allow(target, url, arn, allowed)
                rules += allowed
                queues.append(Caught(target, url))
            yield queues, rules
        finally:
            ignore_interrupts()


def settle(target: Target) -> None:
    """Wait until new rules match events."""
    if not target.environment.is_local:
        sys.stderr.write(f"a temporary rule takes effect: waiting {SETTLES_SECONDS:.0f} s\n")
        time.sleep(SETTLES_SECONDS)


def _queue(target: Target, name: str, made: ExitStack, interrupts: Interrupts) -> tuple[str, str]:
    sqs = target.client("sqs")
    with interrupts.wait():
        url = str(sqs.create_queue(QueueName=name, Attributes=_ATTRIBUTES)["QueueUrl"])
        made.callback(lambda: _unless_gone(sqs.delete_queue, QueueUrl=url))
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, str(attributes["QueueArn"])


def _rule(
    target: Target, bus: str, name: str, pattern: Pattern, queue: str, made: ExitStack, interrupts: Interrupts
) -> str:
    events = target.client("events")
    about = "Temporary, of an operator's command; it is removed when the command ends"
    with interrupts.wait():
        answer = events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern), Description=about)
        made.callback(lambda: remove_rule(events, bus, name))
    arn = str(answer["RuleArn"])
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue}])
    return arn


def _allow(target: Target, url: str, queue: str, rules: Sequence[str]) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": list(rules)}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    target.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def remove_rule(events: Any, bus: str, name: str) -> None:
    _unless_gone(events.remove_targets, Rule=name, EventBusName=bus, Ids=["queue"])
    _unless_gone(events.delete_rule, Name=name, EventBusName=bus)


def remove_old(target: Target, now: datetime) -> list[str]:
    """Remove the temporary rules and queues of this environment that are older than a day. Returns their names."""
    events, sqs, bus = target.client("events"), target.client("sqs"), bus_of(target)
    removed = []
    for prefix in prefix_of_temporary(target.environment.name):
        pages = events.get_paginator("list_rules").paginate(EventBusName=bus, NamePrefix=prefix)
        for name in [rule["Name"] for page in pages for rule in page["Rules"]]:
            if _is_old(name, now):
                remove_rule(events, bus, name)
                removed.append(name)
        listed = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix)
        for url in [url for page in listed for url in page.get("QueueUrls", [])]:
            if _is_old(url.rpartition("/")[2], now):
                _unless_gone(sqs.delete_queue, QueueUrl=url)
                removed.append(url.rpartition("/")[2])
    return removed


def _is_old(name: str, now: datetime) -> bool:
    at = made_at(name)
    return at is not None and now - at > OLD


def _unless_gone(call: Any, **request: Any) -> None:
    try:
        call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"].rsplit(".", 1)[-1] not in _GONE:
            raise

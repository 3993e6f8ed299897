"""SQS: messages with visibility time-outs, receive counts and dead-letter queues, and the pollers of event sources."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.local.aws.lambda_.batch_answers import messages_to_delete
from tools.sim import lambda_service
from tools.sim.templates.blueprint import Queue, Source

if TYPE_CHECKING:
    from tools.sim.world import World

# Lambda's pollers wait a moment for more messages.
POLL_SECONDS = (0.01, 0.3)
THROTTLED_SECONDS = 2.0


@dataclass
class Message:
    id: str
    body: str
    attributes: Mapping[str, Any]
    sent: float
    visible: float
    received: int = 0
    receipt: int = 0
    source: str = ""
    """The queue that it was moved from after too many receives."""


class SimulatedQueue:
    """One queue."""

    def __init__(self, world: "World", queue: Queue) -> None:
        self._world, self.queue = world, queue
        self.messages: dict[str, Message] = {}
        self.source: Source | None = None
        self._running = 0
        self._poll_at = float("inf")
        self._sent = 0

    def send(
        self,
        body: str,
        attributes: Mapping[str, Any] | None = None,
        cause: str = "",
        source: str = "",
        delay: float = 0.0,
    ) -> Message:
        self._sent += 1
        name = f"{self.queue.name} {cause or self._sent}"
        while (own := self._world.decisions.uuid(name)) in self.messages:
            name += "'"
        now = self._world.scheduler.now
        message = Message(own, body, dict(attributes or {}), now, now + delay, source=source)
        self.messages[own] = message
        self._poll_later(message.visible)
        return message

    def receive(self, most: int, visibility: float) -> list[Message]:
        """Hide up to `most` visible messages and return them. Messages received too often go to the dead letters."""
        now = self._world.scheduler.now
        found: list[Message] = []
        for message in list(self.messages.values()):
            if len(found) == most:
                break
            if message.visible > now:
                continue
            if now - message.sent > self.queue.retention:
                del self.messages[message.id]
                self._world.note_dropped(f"a message of {self.queue.name} reached its retention period")
                continue
            if self.queue.max_receive_count and message.received >= self.queue.max_receive_count:
                del self.messages[message.id]
                self._world.queue(self.queue.dead_letters).send(
                    message.body, message.attributes, message.id, source=self.queue.arn
                )
                continue
            message.received += 1
            message.receipt += 1
            message.visible = now + visibility
            found.append(message)
        return found

    def delete(self, receipt: str) -> None:
        own, _, number = receipt.partition("#")
        message = self.messages.get(own)
        if message is not None and message.receipt == int(number):
            del self.messages[own]

    def hide(self, receipt: str, seconds: float) -> bool:
        """ChangeMessageVisibility. False when the message is not in flight."""
        own, _, number = receipt.partition("#")
        message = self.messages.get(own)
        if message is None or message.receipt != int(number) or message.visible <= self._world.scheduler.now:
            return False
        message.visible = self._world.scheduler.now + seconds
        self._poll_later(message.visible)
        return True

    # --- the event source ---

    def _poll_later(self, when: float) -> None:
        if self.source is None:
            return
        number = f"{self.queue.name} poll {when:.6f}"
        when += self._world.decisions.between(*POLL_SECONDS, number)
        if when >= self._poll_at:
            return
        self._poll_at = when
        self._world.scheduler.at(when, lambda: self._poll(when))

    def _poll(self, planned: float) -> None:
        if self._poll_at == planned:
            self._poll_at = float("inf")
        source = self.source
        if source is None or not lambda_service.may_read(self._world, source):
            return
        while self._running < source.concurrency and (batch := self.receive(source.batch_size, self.queue.visibility)):
            self._running += 1
            name = " ".join(f"{message.id[:8]}.{message.received}" for message in batch)
            self._world.background(f"{source.id} {name}", partial(self._work, source, batch, name))
        waiting = [message.visible for message in self.messages.values()]
        if waiting and self._running < source.concurrency:
            self._poll_later(max(min(waiting), self._world.scheduler.now))

    def _work(self, source: Source, batch: list[Message], name: str) -> None:
        world = self._world
        receipts = {message.id: f"{message.id}#{message.receipt}" for message in batch}
        event = {"Records": [self._record(message, receipts[message.id]) for message in batch]}
        outcome = world.functions.invoke(source.function_arn, event, name)
        taken = messages_to_delete(outcome, list(receipts), source.partial)
        for own in sorted(taken):
            if not world.faults.delivers_again("queue message", f"{own} {name}"):
                self.delete(receipts[own])
        if outcome.throttled:
            for receipt in receipts.values():
                self.hide(receipt, THROTTLED_SECONDS)
        self._running -= 1
        waiting = [message.visible for message in self.messages.values()]
        if waiting:
            self._poll_later(max(min(waiting), world.scheduler.now))

    def _record(self, message: Message, receipt: str) -> dict[str, Any]:
        milliseconds = str(int(message.sent * 1000))
        return {
            "messageId": message.id,
            "receiptHandle": receipt,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.received),
                "SentTimestamp": milliseconds,
                "SenderId": "simulated",
                "ApproximateFirstReceiveTimestamp": milliseconds,
            },
            "messageAttributes": {
                name: {"stringValue": value.get("StringValue"), "dataType": value.get("DataType", "String")}
                for name, value in message.attributes.items()
            },
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue.arn,
            "awsRegion": "eu-west-1",
        }

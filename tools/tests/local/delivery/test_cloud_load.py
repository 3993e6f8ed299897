"""Many events, three consumers, one of which fails one time in ten, and a kill midway: nothing is lost.

Each consumer has a dead-letter queue. Events without attempts left go there and are sent to the function again, until
each consumer handled every event at least once. `ECOM_LOAD_EVENTS` (a multiple of ten) sets the number of events; the
counts are printed (`pytest -s`).
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from ecom_client.polling import poll
from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.aws.eventbridge.test_cloud_rules import Bus, arn_of, kill, make_bus
from tools.tests.local.delivery.cloud import EVERYTHING, make_queue
from tools.tests.local.functions import make_function
from tools.tests.local.saved import wait_saved

EVENTS = int(os.environ.get("ECOM_LOAD_EVENTS", "3000"))
SECONDS_TO_DELIVER = 60 + EVENTS / 20
# Records each event in a file: faster than a queue, and not lost in a kill.
NOTES = """
    import os, random
    def handler(event, context):
        if random.random() < float(os.environ["UNLUCKY"]):
            raise ValueError("unlucky")
        with open(os.environ["FILE"], "a") as file:
            file.write(str(event["detail"]["number"]) + "\\n")
"""


@dataclass
class Consumer:
    """A function that records its events, and its dead-letter queue."""

    cloud: Cloud
    function: str
    dead: str
    file: Path
    redriven: int = 0

    def noted(self) -> list[int]:
        """The numbers in its file. A kill may cut off the last line."""
        if not self.file.exists():
            return []
        return [int(line) for line in self.file.read_text().split("\n")[:-1] if line.isdigit()]

    def redrive(self) -> None:
        """Send the dead letters to the function again."""
        sqs, functions = self.cloud.client("sqs"), self.cloud.client("lambda")
        while messages := sqs.receive_message(QueueUrl=self.dead, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                functions.invoke(FunctionName=self.function, InvocationType="Event", Payload=message["Body"])
                sqs.delete_message(QueueUrl=self.dead, ReceiptHandle=message["ReceiptHandle"])
                self.redriven += 1


def make_consumer(cloud: Cloud, bus: Bus, file: Path, unlucky: float) -> Consumer:
    url, arn = make_queue(cloud)
    variables = {"FILE": str(file), "UNLUCKY": str(unlucky)}
    function = make_function(
        cloud, NOTES, EVERYTHING, Environment={"Variables": variables}, DeadLetterConfig={"TargetArn": arn}
    )
    bus.admit_to_function(function)
    bus.put_target(arn_of(cloud, function))
    return Consumer(cloud, function, url, file)


def entry(bus: str, number: int) -> dict[str, str]:
    detail = json.dumps({"number": number})
    return {"Source": "test", "DetailType": "Happened", "Detail": detail, "EventBusName": bus}


def send(cloud: Cloud, bus: str, numbers: range) -> None:
    events = cloud.client("events")
    for number in numbers[::10]:
        entries = [entry(bus, one) for one in range(number, number + 10)]
        assert events.put_events(Entries=entries)["FailedEntryCount"] == 0


def test_every_event_is_handled_at_least_once_by_each(tmp_path: Path) -> None:
    everything = set(range(EVENTS))
    with start_temporary(tmp_path) as cloud:
        bus = make_bus(cloud)
        consumers = [
            make_consumer(cloud, bus, tmp_path / f"consumer-{number}", 0.1 if number == 0 else 0.0)
            for number in range(3)
        ]
        # The kill may lose the last seconds, including the functions, so wait for a snapshot that has them.
        cloud.client("ssm").put_parameter(Name="/made", Value="all", Type="String")
        wait_saved(cloud.home, "/made")
        begin, half = time.monotonic(), EVENTS // 20 * 10
        send(cloud, bus.name, range(half))
        before = [len(set(consumer.noted())) for consumer in consumers]
        kill(cloud)
        lifecycle.start(cloud.home)
        send(cloud, bus.name, range(half, EVENTS))

        def missing() -> list[int]:
            for consumer in consumers:
                consumer.redrive()
            return [len(everything - set(consumer.noted())) for consumer in consumers]

        poll(missing, until=lambda found: found == [0, 0, 0], seconds=SECONDS_TO_DELIVER, what="no event missing")
        took = time.monotonic() - begin
    handled = [len(consumer.noted()) for consumer in consumers]
    distinct = [len(set(consumer.noted())) for consumer in consumers]
    print(
        f"\n{EVENTS} events to three consumers, killed after {half}: handled before the kill {before}, in the end"
        f" {distinct} distinct events in {handled} successful handlings, {[one.redriven for one in consumers]} redriven"
        f" from dead-letter queues; {took:.0f} s"
    )
    assert distinct == [EVENTS] * 3

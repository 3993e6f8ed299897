"""Many events, three consumers, one of them unlucky, and a kill in the middle: nothing is lost.

`ECOM_LOAD_EVENTS=10000` (a multiple of ten) sends more; the counts are in the output (`pytest -s`).
"""

import json
import os
import time
from pathlib import Path

from ecom_testkit.polling import poll
from tools.local import lifecycle
from tools.local.client import start_temporary
from tools.tests.local.delivery.test_cloud_events import arn_of, kill, make_bus
from tools.tests.local.functions import make_function

EVENTS = int(os.environ.get("ECOM_LOAD_EVENTS", "300"))
SECONDS_TO_DELIVER = 60 + EVENTS / 20
# Notes each event in a file: quicker than a queue, and outside of what a kill loses.
NOTES = """
    import os, random
    def handler(event, context):
        if random.random() < float(os.environ["UNLUCKY"]):
            raise ValueError("unlucky")
        with open(os.environ["FILE"], "a") as file:
            file.write(str(event["detail"]["number"]) + "\\n")
"""


def noted(file: Path) -> list[int]:
    """The numbers in a consumer's file; a kill may cut the last line off."""
    if not file.exists():
        return []
    return [int(line) for line in file.read_text().split("\n")[:-1] if line.isdigit()]


def entry(bus: str, number: int) -> dict[str, str]:
    detail = json.dumps({"number": number})
    return {"Source": "test", "DetailType": "Happened", "Detail": detail, "EventBusName": bus}


def test_every_event_is_handled_at_least_once_by_each(tmp_path: Path) -> None:
    files = [tmp_path / f"consumer-{number}" for number in range(3)]
    with start_temporary(tmp_path) as cloud:
        bus = make_bus(cloud)
        for number, file in enumerate(files):
            variables = {"FILE": str(file), "UNLUCKY": "0.1" if number == 0 else "0"}
            function = make_function(cloud, NOTES, Environment={"Variables": variables})
            bus.admit_to_function(function)
            bus.put_target(arn_of(cloud, function))
        # The kill may lose what was made in the last seconds, the functions too: wait for a snapshot that has them.
        cloud.client("ssm").put_parameter(Name="/made", Value="all", Type="String")
        snapshot = cloud.home.state / "snapshot.json"
        assert lifecycle.wait_until(lambda: snapshot.exists() and "/made" in snapshot.read_text(), 20)
        begin, half = time.monotonic(), EVENTS // 2
        events = cloud.client("events")
        for number in range(0, EVENTS, 10):
            entries = [entry(bus.name, one) for one in range(number, number + 10)]
            assert events.put_events(Entries=entries)["FailedEntryCount"] == 0
            if number <= half < number + 10:
                before = [len(set(noted(file))) for file in files]
                kill(cloud)
                lifecycle.start(cloud.home)
        # One in a thousand events of the unlucky consumer fails all its three attempts.
        least = (EVENTS - 10 - EVENTS // 200, EVENTS, EVENTS)
        counts = poll(
            lambda: [len(set(noted(file))) for file in files],
            until=lambda found: all(seen >= wanted for seen, wanted in zip(found, least, strict=True)),
            seconds=SECONDS_TO_DELIVER,
            what="every event at every consumer",
        )
        took = time.monotonic() - begin
    handled = [len(noted(file)) for file in files]
    print(f"{EVENTS} events; when killed after {half}: {before}; in the end {counts} distinct, {handled} handlings;"
          f" {took:.0f} s")  # fmt: skip

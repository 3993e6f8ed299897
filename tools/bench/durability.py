"""The writes that a kill loses, and the delay of requests by saving, as the state grows.

Starts a local cloud and fills a table in batches. For some seconds it writes single items and reads a parameter, kills
the process, starts it again, and finds the lost writes: the age of the oldest one is the loss. Nothing is deployed, so
no function uses the processor. `LOAD=1` deploys the platform and fills the products table; its stream, events, archive
and logs are then part of the state.
"""

import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.bench._live import deployed_cloud
from tools.bench.catalogue import fill
from tools.explore.demo_data import read_parameters
from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary

LOADED = bool(os.environ.get("LOAD"))
SIZES = (1_000, 10_000) if LOADED else (1_000, 10_000, 50_000)
KILLS = 3
SECONDS = 6.0


@dataclass
class Durations:
    """The durations of a series of cheap requests, in seconds."""

    took: list[float] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, cloud: Cloud) -> None:
        client = cloud.client("ssm")
        while not self.stop.wait(0.01):
            begin = time.monotonic()
            client.get_parameter(Name="/bench")
            self.took.append(time.monotonic() - begin)


def main() -> int:
    with (deployed_cloud if LOADED else bare_cloud)() as cloud:
        table = prepare(cloud)
        print("| items | lost at a kill, s (worst of 3) | slowest request, ms | p99, ms | start, s | on disk, MB |")
        print("|---|---|---|---|---|---|")
        there = 0
        for size in SIZES:
            fill(cloud, table, there, size)
            there = size
            measured = [kill_once(cloud, table) for _ in range(KILLS)]
            took = sorted(one for _, asked, _ in measured for one in asked)
            lost = max(lost for lost, _, _ in measured)
            start = max(start for _, _, start in measured)
            disk = sum(file.stat().st_size for file in cloud.home.state.rglob("*.jsonl")) / 1e6
            p99 = took[int(len(took) * 0.99)] * 1000
            print(
                f"| {size:,} | {lost:.1f} | {took[-1] * 1000:.0f} | {p99:.0f} | {start:.1f} | {disk:.0f} |", flush=True
            )
    return 0


@contextmanager
def bare_cloud() -> Iterator[Cloud]:
    with tempfile.TemporaryDirectory() as folder, start_temporary(Path(folder)) as cloud:
        yield cloud


def prepare(cloud: Cloud) -> str:
    """The table to fill."""
    cloud.client("ssm").put_parameter(Name="/bench", Value="v", Type="String")
    if LOADED:
        return read_parameters(cloud)["products/table/name"]
    cloud.client("dynamodb").create_table(
        TableName="bench",
        KeySchema=[{"AttributeName": "productId", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "productId", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return "bench"


def kill_once(cloud: Cloud, table: str) -> tuple[float, list[float], float]:
    """Seconds lost, durations of requests, duration of the start."""
    asked = Durations()
    asking = threading.Thread(target=asked.run, args=(cloud,))
    asking.start()
    dynamodb = cloud.client("dynamodb")
    written: list[float] = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        key = {"productId": {"S": f"kill-{len(written)}"}}
        dynamodb.put_item(TableName=table, Item={**key, "at": {"S": str(end)}})
        written.append(time.monotonic())
        time.sleep(0.01)
    asked.stop.set()
    asking.join()
    pid = cloud.home.running()
    killed = time.monotonic()
    os.kill(int(pid or 0), signal.SIGKILL)
    lifecycle.wait_until(lambda: cloud.home.running() is None, 5)
    begin = time.monotonic()
    lifecycle.start(cloud.home)
    started = time.monotonic() - begin
    dynamodb = cloud.client("dynamodb")
    for number, at in enumerate(written):
        found = dynamodb.get_item(TableName=table, Key={"productId": {"S": f"kill-{number}"}}).get("Item", {})
        if found.get("at") != {"S": str(end)}:
            return killed - at, asked.took, started
    return 0.0, asked.took, started

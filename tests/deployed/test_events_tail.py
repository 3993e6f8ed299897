"""`make events-tail`: events as they happen; what it made for that is gone afterwards, however it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ecom_client.journey import new_product
from ecom_client.platform import Platform
from ecom_client.polling import poll

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it makes rules on the bus")]


@contextmanager
def tail(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, once it waits for events."""
    command = [sys.executable, "-m", "tools.operate.events_tail", *arguments]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stderr
        assert "waiting for events" in running.stderr.readline()
        yield running
    finally:
        running.kill()
        running.communicate()


def temporary(platform: Platform) -> list[str]:
    bus = platform.parameter("platform/event-bus/name")
    rules = platform.client("events").list_rules(EventBusName=bus, NamePrefix="operator-tail-")["Rules"]
    queues = platform.client("sqs").list_queues(QueueNamePrefix="operator-tail-").get("QueueUrls", [])
    return [*(rule["Name"] for rule in rules), *queues]


def test_an_event_is_printed_as_it_happens(platform_outside: Platform) -> None:
    with tail("--source", "products", "--event", "ProductCreated", "--json", "--count", "1") as running:
        product_id = new_product(platform_outside)["productId"]
        out, error = running.communicate(timeout=30)
    assert running.returncode == 0, error
    event = json.loads(out)
    assert (event["detail-type"], event["resources"]) == ("ProductCreated", [product_id])
    assert temporary(platform_outside) == []


def test_a_line_has_nothing_of_the_detail(platform_outside: Platform) -> None:
    with tail("--count", "1", "--event", "ProductCreated") as running:
        product_id = new_product(platform_outside, name="A secret name")["productId"]
        out, _ = running.communicate(timeout=30)
    assert f" products       ProductCreated     {product_id} correlation " in out
    assert "secret" not in out


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_nothing_is_left(platform_outside: Platform, number: signal.Signals) -> None:
    with tail() as running:
        assert len(temporary(platform_outside)) == 2
        os.kill(running.pid, number)
        running.communicate(timeout=30)
    assert running.returncode == 130
    assert poll(lambda: not temporary(platform_outside), seconds=10)

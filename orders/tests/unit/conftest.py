"""The world of the handlers' tests."""

import pytest

import orders_service
from ecom.business_metrics import MetricCounter
from ecom.runtime import Runtime
from ecom_testkit.queue_spy import QueueSpy
from orders.tests.builders import NOON
from orders.tests.world import World
from orders_service import bootstrap


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    monkeypatch.setenv("CURRENCY", "EUR")
    monkeypatch.setattr(bootstrap, "orders", lambda: made.orders)
    monkeypatch.setattr(bootstrap, "create_order", lambda: made.create_order)
    monkeypatch.setattr(bootstrap, "warehouse", lambda: made.others)
    runtime = Runtime(
        orders_service.__file__,
        queue=QueueSpy(),
        dead_letters=made.dead_letters,
        metrics=MetricCounter("test", "orders", NOON.timestamp),
        now=lambda: NOON,
    )
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    return made

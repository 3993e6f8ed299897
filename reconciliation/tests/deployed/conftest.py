"""A shopper, staff, the tables of the services, and `make reconcile` as an operator runs it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ecom.dynamo import plain, typed
from ecom_client.journey import Shopper, Staff, lines, new_product
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.polling import poll
from reconciliation_service.findings import Finding, Limits
from reconciliation_service.sweep import Sweep
from tools.operate.reconcile.repair import Repair, Result
from tools.operate.reconcile.sources import Sources, sources_of
from tools.project.aws import target
from tools.project.environments import chosen

ROOT = Path(__file__).parents[3]
KEYS = {"orders": "orderId", "payment": "orderId", "warehouse": "id", "delivery": "orderId", "products": "productId"}


@dataclass(frozen=True)
class Output:
    """The output of `make reconcile`."""

    code: int
    findings: list[dict[str, Any]]
    not_compared: list[str]

    def kinds(self, key: str = "") -> list[str]:
        """The kinds of all findings, or of those about one id, without notes."""
        about = [each for each in self.findings if not key or key in each["ids"].values()]
        return sorted(each["kind"] for each in about if not each["note"])


@dataclass(frozen=True)
class Operator:
    """Runs `make reconcile` as a process, or inspects one order directly."""

    platform: Platform
    sources: Sources

    def reconcile(self, *arguments: str) -> Output:
        """Run the command with --older-than 0, so that new damage is compared at once."""
        command = [sys.executable, "-m", "tools.operate.reconcile", "--json", "--older-than", "0", *arguments]
        env = {**os.environ, "ENVIRONMENT": self.platform.environment}
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout, done.stderr
        document = json.loads(done.stdout)
        return Output(done.returncode, document["findings"], document["notCompared"])

    def found(self, order_id: str) -> list[Finding]:
        return [finding for _, found in self._sweep().inspect([order_id]) for finding in found if not finding.is_note]

    def repaired(self, order_id: str) -> list[Result]:
        sweep = self._sweep()
        return Repair(self.sources.publisher, sweep, within=60).repair(self.found(order_id))

    def wait_until_consistent(self, order_id: str) -> None:
        """Wait until there are no findings about the order."""
        poll(
            lambda: self.found(order_id),
            lambda found: not found,
            seconds=60,
            what=f"no findings about {order_id}",
        )

    def _sweep(self) -> Sweep:
        limits = Limits.of(timedelta())
        return Sweep(self.sources.repository, self.sources.provider, datetime.now(UTC), limits, timedelta(days=1))


@dataclass(frozen=True)
class TableNames:
    """Changes rows with the administrator's rights."""

    platform: Platform

    def row(self, service: str, key: str) -> dict[str, Any]:
        found = self._call("get_item", service, Key=typed({KEYS[service]: key}), ConsistentRead=True)
        return plain(found["Item"]) if "Item" in found else {}

    def put(self, service: str, **item: Any) -> None:
        self._call("put_item", service, Item=typed(item))

    def set(self, service: str, key: str, **changes: Any) -> None:
        """Change some attributes; None removes one."""
        row = {**self.row(service, key), **changes}
        self._call("put_item", service, Item=typed({name: value for name, value in row.items() if value is not None}))

    def delete(self, service: str, key: str) -> None:
        self._call("delete_item", service, Key=typed({KEYS[service]: key}))

    def _call(self, name: str, service: str, **arguments: Any) -> Any:
        table = self.platform.parameter(f"{service}/table/name")
        return getattr(self.platform.client("dynamodb"), name)(TableName=table, **arguments)


@pytest.fixture
def tables(platform_outside: Platform) -> TableNames:
    return TableNames(platform_outside)


@pytest.fixture(scope="session")
def operator(platform_outside: Platform) -> Operator:
    environment = chosen({**os.environ, "ENVIRONMENT": platform_outside.environment})
    return Operator(platform_outside, sources_of(target(environment)))


@pytest.fixture(scope="session")
def staff(platform_outside: Platform, admin: Person) -> Staff:
    return Staff(platform_outside, admin)


@pytest.fixture(scope="session")
def buyer(platform_outside: Platform, shopper: Person) -> Shopper:
    return Shopper(platform_outside, shopper)


Journey = Callable[[str], str]


@pytest.fixture
def journey(buyer: Shopper, staff: Staff, operator: Operator) -> Journey:
    """Create an order and bring it to a status, until all services agree. Its product is tracked."""

    def go(status: str) -> str:
        product = new_product(buyer.platform)
        staff.set_stock(product["productId"], 10)
        order_id = str(buyer.buy(lines((product, 2)))["orderId"])
        if status in ("CANCELLED",):
            poll(lambda: staff.packaging(order_id), what=f"packaging request of {order_id}")
            buyer.cancel(order_id)
        elif status != "NEW":
            staff.pack(order_id)
            poll(lambda: staff.delivery(order_id), what=f"delivery of {order_id}")
        if status in ("SHIPPED", "FULFILLED", "DELIVERY_FAILED"):
            staff.start_delivery(order_id)
        if status == "FULFILLED":
            staff.complete_delivery(order_id)
        if status == "DELIVERY_FAILED":
            staff.fail_delivery(order_id)
        buyer.wait_for(order_id, status=status)
        operator.wait_until_consistent(order_id)
        return order_id

    return go

"""A mailbox, and events about orders that do not exist."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ecom.dynamo import plain, typed
from ecom_client.made import new_id
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from ecom_testkit.dead_letters import DeadLetter, dead_letters_about
from ecom_testkit.mailbox import Mail, Mailbox

ROOT = Path(__file__).parents[3]
STATUSES = ("PACKAGED", "SHIPPED", "FULFILLED")


@dataclass(frozen=True)
class Case:
    """An order of a person of its own, known by its events alone."""

    platform: Platform
    mailbox: Mailbox
    person: Person
    order_id: str

    def order(self, **changes: Any) -> dict[str, Any]:
        lines = [{"productId": "kettle", "name": "Kettle", "price": 3990, "quantity": 2}]
        order = {"orderId": self.order_id, "userId": self.person.user_id, "products": lines, "total": 7980, **changes}
        return {name: value for name, value in order.items() if value is not None}

    def event(self, detail_type: str, detail: dict[str, Any]) -> dict[str, Any]:
        return {
            "source": "ecommerce.orders",
            "detail-type": detail_type,
            "resources": [self.order_id],
            "detail": detail,
        }

    def accepted(self, **changes: Any) -> dict[str, Any]:
        return self.event("OrderCreated", self.order(**changes))

    def status_changed(self, status: str) -> dict[str, Any]:
        detail = {"old": self.order(), "new": self.order(status=status), "changed": ["status"]}
        return self.event("OrderModified", detail)

    def mails(self) -> list[Mail]:
        """All mails about the order, to any address."""
        return self.mailbox.mails(about=self.order_id)

    def rows(self) -> dict[str, dict[str, Any]]:
        """The state of each mail, by kind."""
        answer = self.platform.client("dynamodb").query(
            TableName=self.platform.parameter("notifications/table/name"),
            KeyConditionExpression="orderId = :id",
            ExpressionAttributeValues=typed({":id": self.order_id}),
            ConsistentRead=True,
        )
        return {str(item["kind"]): item for item in map(plain, answer["Items"])}

    def states(self) -> dict[str, str]:
        return {kind: str(row["state"]) for kind, row in self.rows().items()}

    def dead_letters(self) -> list[DeadLetter]:
        return [
            each for each in dead_letters_about(self.platform, self.order_id) if "notifications" in each.queue.lower()
        ]

    def redrive(self, *arguments: str) -> str:
        """The output of `make redrive`."""
        done = subprocess.run(
            [sys.executable, "-m", "tools.operate.redrive", "notifications", "--about", self.order_id, *arguments],
            cwd=ROOT,
            env={**os.environ, "ENVIRONMENT": self.platform.environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def case(platform_outside: Platform, mailbox: Mailbox) -> Iterator[Case]:
    """A case with its own user, so that a test can make this user's mails fail."""
    with temporary_user(platform_outside) as person:
        yield Case(platform_outside, mailbox, person, new_id())
        mailbox.script("NONE", person.email)

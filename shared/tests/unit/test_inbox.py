"""The inbox kept in memory, which tests of consumers use."""

from typing import Any

import pytest

from ecom.dynamo import Write
from ecom.inbox import Inbox, Outdated
from ecom_testkit.inbox import InboxInMemory
from shared.tests.inbox_contract import InboxContract


class TestInboxInMemory(InboxContract):
    @pytest.fixture
    def inbox(self) -> Inbox:
        self.names: list[str] = []
        return InboxInMemory(self.do)

    def do(self, write: Write) -> None:
        if write["unless_there"] and write["name"] in self.names:
            raise Outdated
        self.names.append(write["name"])

    def write(self, name: str, *, unless_there: bool = False) -> dict[str, Any]:
        return {"name": name, "unless_there": unless_there}

    def left(self, inbox: Inbox) -> list[str]:
        return self.names


def test_writes_are_recorded() -> None:
    from shared.tests.inbox_contract import event

    inbox = InboxInMemory()
    inbox.once(event(), {"Put": {}})
    inbox.once(event(), {"Put": {}})
    assert inbox.written == [{"Put": {}}]

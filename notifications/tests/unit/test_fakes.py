"""The fake keeps the repository's contract, so that other tests may trust it."""

import pytest

from notifications.tests.contract import MailsContract
from notifications.tests.fakes import MailsInMemory
from notifications_service.repository import Mails


class TestMailsInMemory(MailsContract):
    @pytest.fixture
    def mails(self) -> Mails:
        return MailsInMemory()

"""The fakes pass the contract suites of the tables, so that other tests can rely on them."""

import pytest

from notifications.tests.address_contract import AddressesContract
from notifications.tests.builders import LATER
from notifications.tests.contract import MailsContract
from notifications.tests.fakes import AddressesInMemory, MailsInMemory
from notifications_service.addresses import Addresses
from notifications_service.repository import Mails


class TestMailsInMemory(MailsContract):
    @pytest.fixture
    def mails(self) -> Mails:
        return MailsInMemory()


class TestAddressesInMemory(AddressesContract):
    @pytest.fixture
    def addresses(self) -> Addresses:
        return AddressesInMemory(LATER)

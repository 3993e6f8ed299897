"""The fake passes the contract suite of the table, so that handler tests can rely on it."""

import pytest

from delivery.tests.contract import DeliveriesContract
from delivery.tests.fakes import DeliveriesInMemory
from delivery_service.repository import Deliveries


class TestDeliveriesInMemory(DeliveriesContract):
    @pytest.fixture
    def deliveries(self) -> Deliveries:
        return DeliveriesInMemory()

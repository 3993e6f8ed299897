"""The fake keeps the repository's contract, so that handler tests may trust it."""

import pytest

from delivery.tests.contract import DeliveriesContract
from delivery.tests.fakes import DeliveriesInMemory
from delivery_service.repository import Deliveries


class TestDeliveriesInMemory(DeliveriesContract):
    @pytest.fixture
    def deliveries(self) -> Deliveries:
        return DeliveriesInMemory()

"""The fake passes the contract suite of the repository."""

import pytest

from payment.tests.contract import PaymentsContract
from payment.tests.fakes import PaymentsInMemory
from payment_service.repository import Payments


class TestPaymentsInMemory(PaymentsContract):
    @pytest.fixture
    def payments(self) -> Payments:
        return PaymentsInMemory()

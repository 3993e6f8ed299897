"""The fake keeps the repository's contract, so that the tests over it mean something."""

import pytest

from payment.tests.contract import PaymentsContract
from payment.tests.fakes import PaymentsInMemory
from payment_service.repository import Payments


class TestPaymentsInMemory(PaymentsContract):
    @pytest.fixture
    def payments(self) -> Payments:
        return PaymentsInMemory()

"""The function of the schedule, before `test_reconcile.py` damages rows: findings would raise an alarm for hours."""

import pytest

from ecom_client.platform import Platform

pytestmark = pytest.mark.deployed


def test_the_scheduled_function_compares_everything(platform_outside: Platform) -> None:
    """An invoked function has the rights that it needs, and ends without an error."""
    name = f"ecommerce-{platform_outside.environment}-reconciliation-every-hour-reconcile"
    answer = platform_outside.client("lambda").invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
    assert "FunctionError" not in answer, answer["Payload"].read()

"""The demo's delivery has a price."""

from delivery_pricing_service.fees import FEES
from tools.explore.demo.journeys import HOME


def test_the_delivery_of_the_demo_costs_something() -> None:
    assert FEES[str(HOME["country"])] > 0

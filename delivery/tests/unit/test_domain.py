"""What a delivery keeps of its order, and how staff move it on."""

from typing import Any

import pytest

from delivery.tests.builders import ADDRESS, NOON, order
from delivery_service.domain import Delivery, Status, opened
from delivery_service.errors import NowhereToGo


def test_an_order_without_a_number_to_ring_is_delivered_too() -> None:
    silent = {name: value for name, value in ADDRESS.items() if name != "phoneNumber"}
    assert opened("order-1", order(address=silent), NOON).address == {**ADDRESS, "phoneNumber": ""}


def test_only_the_address_is_kept() -> None:
    strange = order(address={**ADDRESS, "state": None, "doorCode": "1234"})
    assert opened("order-1", strange, NOON) == Delivery("order-1", Status.NEW, ADDRESS, NOON)


@pytest.mark.parametrize(
    "address",
    [None, "1 Example Street", {}, {**ADDRESS, "city": None}, {**ADDRESS, "name": " "}, {**ADDRESS, "country": 45}],
)
def test_what_cannot_be_shown_to_staff_is_no_delivery(address: Any) -> None:
    with pytest.raises(NowhereToGo) as refused:
        opened("order-1", order(address=address), NOON)
    assert "Example" not in refused.value.message

"""The new delivery of an order."""

from typing import Any

import pytest

from delivery.tests.builders import ADDRESS, NOON, order
from delivery_service.domain import Delivery, Status, new_delivery
from delivery_service.errors import NoAddress


def test_an_order_without_a_phone_number_is_delivered() -> None:
    address = {name: value for name, value in ADDRESS.items() if name != "phoneNumber"}
    assert new_delivery("order-1", order(address=address), NOON).address == {**ADDRESS, "phoneNumber": ""}


def test_only_the_known_fields_of_the_address_are_kept() -> None:
    given = order(address={**ADDRESS, "state": None, "doorCode": "1234"})
    assert new_delivery("order-1", given, NOON) == Delivery("order-1", Status.NEW, ADDRESS, NOON)


@pytest.mark.parametrize(
    "address",
    [None, "1 Example Street", {}, {**ADDRESS, "city": None}, {**ADDRESS, "name": " "}, {**ADDRESS, "country": 45}],
)
def test_an_address_that_staff_cannot_read_is_refused_and_not_repeated_in_the_error(address: Any) -> None:
    with pytest.raises(NoAddress) as refused:
        new_delivery("order-1", order(address=address), NOON)
    assert "Example" not in refused.value.message

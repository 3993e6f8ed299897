"""The new delivery of an order."""

from typing import Any

import pytest

from delivery.tests.builders import ADDRESS, NOON, order
from delivery_service.domain import Delivery, Shipment, Status, new_delivery, shipment_of
from delivery_service.errors import NoAddress
from ecom.errors import InvalidInput
from ecom.order_ids import order_id_of
from ecom.shipments import is_allowed


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


ORDER_ID = "2b95f49c-fb8b-545e-9827-5546107d27e2"


@pytest.mark.parametrize(
    ("carrier", "number", "expected"),
    [
        (None, None, Shipment("Courier", ORDER_ID)),
        ("PostNord", None, Shipment("PostNord", ORDER_ID)),
        (None, "A-1", Shipment("Courier", "A-1")),
        ("Post. Nord_2", "x" * 64, Shipment("Post. Nord_2", "x" * 64)),
        ("-", "...", Shipment("-", "...")),
        ("_", " ", Shipment("_", " ")),
    ],
)
def test_the_platform_decides_what_is_not_given(carrier: str | None, number: str | None, expected: Shipment) -> None:
    found = shipment_of(ORDER_ID, carrier, number)
    assert found == expected
    assert found.is_named == ((carrier, number) != (None, None))


def test_the_platforms_numbers_are_allowed_and_differ_whatever_the_order_ids_are() -> None:
    ids = [ORDER_ID, "order-1", "x" * 64, "x" * 65, "x" * 66, "ö", " ", "-", "a/b", "a\n"]
    numbers = [shipment_of(order_id, None, None).tracking_number for order_id in ids]
    assert len(set(numbers)) == len(ids)
    assert all(map(is_allowed, numbers))


@pytest.mark.parametrize("another", [order_id_of("user-1", "token-1"), "a/b", "x" * 65])
def test_a_number_that_the_platform_makes_for_another_order_cannot_be_given(another: str) -> None:
    number = shipment_of(another, None, None).tracking_number
    assert shipment_of(another, "PostNord", number).tracking_number == number, "its own"
    with pytest.raises(InvalidInput, match="trackingNumber"):
        shipment_of(ORDER_ID, None, number)
    assert shipment_of(ORDER_ID, number, None).carrier == number


@pytest.mark.parametrize("number", ["0f8fad5b-d9cb-469f-a165-70867728950e", ORDER_ID.upper(), "ab" * 32])
def test_other_ids_are_numbers_of_carriers(number: str) -> None:
    assert shipment_of(ORDER_ID, None, number).tracking_number == number


@pytest.mark.parametrize("bad", ["", "x" * 65, "a/b", "a\n", "a\tb", "ö", "<b>", "٣", 7, ["a"], {}])
@pytest.mark.parametrize("name", ["carrier", "trackingNumber"])
def test_other_texts_are_refused(name: str, bad: Any) -> None:
    given = {"carrier": None, "trackingNumber": None, name: bad}
    with pytest.raises(InvalidInput) as refused:
        shipment_of(ORDER_ID, given["carrier"], given["trackingNumber"])
    assert refused.value.message.startswith(f"{name} must have")

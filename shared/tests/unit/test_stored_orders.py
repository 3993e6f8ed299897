"""The stored form of orders is short, and nothing is lost by it."""

from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecom.limits import DIMENSIONS
from ecom.stored_orders import USUAL_CAUSE, full, short

AT = "2026-11-28T17:31:32.966Z"
PACKAGE = {"width": 200, "length": 250, "height": 300, "weight": 900}


def entry(status: str = "PACKAGED", cause: str = "PackageCreated", at: str = AT) -> dict[str, Any]:
    return {"at": at, "status": status, "cause": cause}


def test_entries_and_packages_are_short() -> None:
    item = {"orderId": "o", "history": [entry()], "products": [{"productId": "p", "package": PACKAGE}]}
    assert short(item) == {
        "orderId": "o",
        "history": ["1795887092966 PACKAGED"],
        "products": [{"productId": "p", "package": "200x250x300x900"}],
    }
    assert full(short(item)) == item


def test_times_count_from_the_creation_of_the_order() -> None:
    created = "2026-11-28T17:31:32.000Z"
    item = {"createdDate": created, "packagedDate": AT, "history": [entry("NEW", "createOrder", created), entry()]}
    assert short(item) == {"createdDate": created, "packagedDate": "966", "history": ["0 NEW", "966 PACKAGED"]}
    assert full(short(item)) == item


def test_times_before_the_creation_of_the_order_count_from_1970() -> None:
    item = {"createdDate": "2026-11-28T17:31:33.000Z", "packagedDate": AT, "history": [entry()]}
    assert short(item) == {**item, "packagedDate": "1795887092966", "history": ["1795887092966 PACKAGED"]}
    assert full(short(item)) == item


def test_a_package_of_the_former_form_is_read() -> None:
    assert full({"products": [{"package": [200, 250, 300, 900]}]}) == {"products": [{"package": PACKAGE}]}


def test_an_unusual_cause_is_stored() -> None:
    item = {"history": [entry("CANCELLED", "cancelOrder"), entry("NEW", "a cause of two words"), entry("NEW", "")]}
    assert short(item)["history"] == [
        "1795887092966 CANCELLED cancelOrder",
        "1795887092966 NEW a cause of two words",
        "1795887092966 NEW ",
    ]
    assert full(short(item)) == item


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"at": AT},
        {"at": AT, "status": "NEW"},
        {"at": AT, "status": "NEW", "cause": None},
        {**entry(), "note": "manual"},
        entry(at="2026-11-28T17:31:32Z"),
        entry(at="2026-11-28T18:31:32.966+01:00"),
        entry(at="1999-11-28T17:31:32.966Z"),
        entry(at="2026-11-28T17:31:32.966"),
        entry(status="TWO WORDS"),
        7,
        None,
        "PACKAGED",
    ],
)
def test_an_entry_of_another_form_stays_as_it_is(odd: Any) -> None:
    assert short({"history": [odd]}) == {"history": [odd]} == full({"history": [odd]})


@pytest.mark.parametrize(
    "odd",
    [
        None,
        {},
        {**PACKAGE, "colour": 1},
        {**PACKAGE, "width": None},
        {**PACKAGE, "width": 10**10},
        [1, 2],
        "box",
        "1x2x3",
    ],
)
def test_a_package_of_another_form_stays_as_it_is(odd: Any) -> None:
    item = {"products": [{"package": odd}, {"productId": "p"}, 7]}
    assert short(item) == item == full(item)


@pytest.mark.parametrize("item", [{}, {"history": None}, {"history": "x", "products": 1}, {"products": {"package": 1}}])
def test_an_item_of_another_form_stays_as_it_is(item: Any) -> None:
    assert short(item) == item == full(item)


@pytest.mark.parametrize(
    ("shipment", "stored"),
    [
        ({"carrier": "Courier", "trackingNumber": "order-1"}, "/"),
        ({"carrier": "PostNord", "trackingNumber": "order-1"}, "PostNord/"),
        ({"carrier": "Courier", "trackingNumber": "A 1"}, "/A 1"),
        ({"carrier": "PostNord", "trackingNumber": "A 1"}, "PostNord/A 1"),
        ({"carrier": " ", "trackingNumber": "-"}, " /-"),
    ],
)
def test_a_shipment_is_short(shipment: dict[str, str], stored: str) -> None:
    item = {"orderId": "order-1", "shipment": shipment}
    assert short(item) == {"orderId": "order-1", "shipment": stored}
    assert full(short(item)) == item


@pytest.mark.parametrize(
    "odd",
    [
        *(None, 7, "A 1", {}, {"carrier": "Courier"}, {"carrier": "", "trackingNumber": "A 1"}),
        *({"carrier": "a/b", "trackingNumber": "1"}, {"carrier": "GLS", "trackingNumber": None}),
        {"carrier": "GLS", "trackingNumber": "1", "note": "manual"},
    ],
)
def test_a_shipment_of_another_form_stays_as_it_is(odd: Any) -> None:
    item = {"orderId": "order-1", "shipment": odd}
    assert short(item) == item == full(item)


TIMES = st.datetimes().map(lambda at: at.isoformat(timespec="milliseconds") + "Z")
TEXT = st.text(max_size=4) | st.sampled_from([*USUAL_CAUSE, *USUAL_CAUSE.values(), "0", AT])
ENTRIES = st.fixed_dictionaries({}, optional={"at": TIMES | TEXT, "status": TEXT, "cause": TEXT | st.none()})
SIZES = st.fixed_dictionaries({}, optional={name: st.integers() | st.booleans() | st.none() for name in DIMENSIONS})
PARTS = st.sampled_from(["Courier", "", "GLS", "a/b", "0", AT]) | st.text(max_size=2)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        "history": st.lists(ENTRIES | TEXT, max_size=3),
        "products": st.lists(st.fixed_dictionaries({}, optional={"package": SIZES | TEXT}), max_size=3),
        "total": st.integers(),
        "createdDate": TIMES | TEXT,
        "packagedDate": TIMES | TEXT,
        "orderId": TEXT,
        "shipment": TEXT | st.fixed_dictionaries({}, optional=dict.fromkeys(("carrier", "trackingNumber"), PARTS)),
    },
)


@settings(deadline=None)
@given(ITEMS)
@example({"history": ["1795887092966 PACKAGED"], "products": [{"package": [1, 2, 3, 4]}]})
@example({"createdDate": AT, "packagedDate": AT, "history": ["5 NEW", entry(), "5"]})
def test_nothing_is_lost(item: dict[str, Any]) -> None:
    assert full(short(item)) == full(item)
    assert short(short(item)) == short(item)
    assert full(full(item)) == full(item)


@pytest.mark.parametrize(("carrier", "number"), [("Courier", 36 * "i"), ("PostNord", "00370712345678901234")])
def test_a_fulfilled_order_of_three_products_is_one_write_unit(carrier: str, number: str) -> None:
    later = "2026-12-08T17:31:32.966Z"
    moves = ("NEW", "PACKAGED", "SHIPPED", "FULFILLED")
    line = {
        "productId": 36 * "p",
        "name": "a kettle of enamel, 1.7 l",
        "package": PACKAGE,
        "price": 1990,
        "quantity": 1,
    }
    order = {
        **dict.fromkeys(("orderId", "userId", "correlationId"), 36 * "i"),
        "createdDate": AT,
        **dict.fromkeys(("modifiedDate", "packagedDate"), later),
        "status": "FULFILLED",
        "paymentStatus": "CAPTURED",
        "products": [line, line, line],
        "address": {
            "name": "Jo Shopper",
            "streetAddress": "1 Example Street",
            "postCode": "1000",
            "city": "Example City",
            "phoneNumber": "+45 00 00 00 00",
            "country": "DK",
        },
        "shipment": {"carrier": carrier, "trackingNumber": number},
        "deliveryPrice": 590,
        "total": 5973,
        "paymentToken": 43 * "t",
        "history": [entry(status, USUAL_CAUSE[status], AT if status == "NEW" else later) for status in moves],
        "contentHash": 22 * "h",
        "currency": "EUR",
        "version": 5,
    }
    assert bytes_of_item(order) > 1024
    assert bytes_of_item(short(order)) <= 1024


def bytes_of_item(item: dict[str, Any]) -> int:
    """The names and values: only attributes that are lists or maps have an overhead."""
    return sum(len(name.encode()) + bytes_of(TypeSerializer().serialize(value)) for name, value in item.items())


def bytes_of(value: Any) -> int:
    """The size by DynamoDB's rules. See "DynamoDB item sizes and formats" in its developer guide."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return len(content.strip("0")) // 2 + 2
        case "M":
            return 3 + sum(len(name.encode()) + bytes_of(each) + 1 for name, each in content.items())
        case "L":
            return 3 + sum(bytes_of(each) + 1 for each in content)
    raise AssertionError(kind)

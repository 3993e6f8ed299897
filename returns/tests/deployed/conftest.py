"""A delivered order, and people who return goods of it. Every return of a test ends, and so does its execution."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest

from ecom_client.journey import Provider, Purchase, Refused, Shopper, Staff, lines, new_product
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_client.returns import Returns

PRICE = 1000
UNITS = 3


@pytest.fixture(scope="session")
def buyer(platform_outside: Platform, shopper: Person) -> Shopper:
    return Shopper(platform_outside, shopper)


@pytest.fixture(scope="session")
def stranger(platform_outside: Platform) -> Iterator[Returns]:
    with temporary_user(platform_outside) as person:
        yield Returns(Shopper(platform_outside, person))


@pytest.fixture(scope="session")
def staff(platform_outside: Platform, admin: Person) -> Staff:
    return Staff(platform_outside, admin)


@pytest.fixture(scope="session")
def provider(platform_outside: Platform) -> Provider:
    return Provider(platform_outside)


@pytest.fixture
def order(platform_outside: Platform, buyer: Shopper, staff: Staff) -> Purchase:
    """Three units of one product, delivered and captured."""
    product = new_product(platform_outside, price=PRICE)
    staff.set_stock(product["productId"], 10)
    made = buyer.buy(lines((product, UNITS)))
    staff.pack(made["orderId"])
    staff.deliver(made["orderId"])
    buyer.wait_for(made["orderId"], status="FULFILLED", paymentStatus="CAPTURED")
    return made


@pytest.fixture
def product_id(buyer: Shopper, order: Purchase) -> str:
    return buyer.known(order["orderId"])["products"][0]["productId"]


@pytest.fixture
def shop(staff: Staff) -> Returns:
    """Returns as staff see and change them."""
    return Returns(staff)


@pytest.fixture
def mine(platform_outside: Platform, buyer: Shopper, order: Purchase) -> Iterator[Returns]:
    """Returns as the shopper sees and changes them. Afterwards those of the order are ended."""
    returns = Returns(buyer)
    yield returns
    machine = platform_outside.parameter("returns/state-machine/arn")
    states = boto3.client("stepfunctions")
    for each in returns.of_order(order["orderId"]):
        if each["status"] in ("REQUESTED", "APPROVED"):
            returns.cancel(each["returnId"])
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{each['returnId']}"
        poll(partial(_status_of, states, arn), lambda status: status != "RUNNING", 60)


def _status_of(states: Any, execution: str) -> str:
    return str(states.describe_execution(executionArn=execution)["status"])


@pytest.fixture
def refused() -> Callable[[str, Callable[[], object]], None]:
    """Check that a call is refused with this error."""

    def check(error: str, call: Callable[[], object]) -> None:
        with pytest.raises(Refused) as failure:
            call()
        assert failure.value.types == [error]

    return check

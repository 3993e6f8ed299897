"""Administrators, and a product for each test. What a test leaves is removed with the rows of its pictures."""

import pytest

from ecom_client.journey import Staff, new_product
from ecom_client.people import Person
from ecom_client.pictures import Pictures
from ecom_client.platform import Platform


@pytest.fixture(scope="session")
def staff(platform_outside: Platform, admin: Person) -> Staff:
    return Staff(platform_outside, admin)


@pytest.fixture(scope="session")
def pictures(staff: Staff) -> Pictures:
    return Pictures(staff)


@pytest.fixture
def product_id(platform_outside: Platform) -> str:
    return str(new_product(platform_outside)["productId"])

"""People at their screens."""

from collections.abc import Iterator

import pytest

from ecom_testkit.journey import Provider, Shopper, Staff
from ecom_testkit.outside import Platform
from ecom_testkit.people import Person, somebody


@pytest.fixture(scope="session")
def buyer(platform_outside: Platform, shopper: Person) -> Shopper:
    return Shopper(platform_outside, shopper)


@pytest.fixture(scope="session")
def stranger(platform_outside: Platform) -> Iterator[Shopper]:
    with somebody(platform_outside) as person:
        yield Shopper(platform_outside, person)


@pytest.fixture(scope="session")
def staff(platform_outside: Platform, admin: Person) -> Staff:
    return Staff(platform_outside, admin)


@pytest.fixture(scope="session")
def provider(platform_outside: Platform) -> Provider:
    return Provider(platform_outside)

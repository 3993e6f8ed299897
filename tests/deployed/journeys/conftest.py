"""A shopper, another shopper, staff, the payment provider, and a recording of the bus."""

from collections.abc import Iterator

import pytest

from ecom_client.journey import Provider, Shopper, Staff
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Platform
from ecom_testkit.registry import Recording, recorded


@pytest.fixture(scope="session")
def buyer(platform_outside: Platform, shopper: Person) -> Shopper:
    return Shopper(platform_outside, shopper)


@pytest.fixture(scope="session")
def stranger(platform_outside: Platform) -> Iterator[Shopper]:
    with temporary_user(platform_outside) as person:
        yield Shopper(platform_outside, person)


@pytest.fixture(scope="session")
def staff(platform_outside: Platform, admin: Person) -> Staff:
    return Staff(platform_outside, admin)


@pytest.fixture(scope="session")
def provider(platform_outside: Platform) -> Provider:
    return Provider(platform_outside)


@pytest.fixture(scope="session", autouse=True)
def recording(platform_outside: Platform) -> Iterator[Recording]:
    """Record the bus during the test session. At its end, every event of a service must fit its registered schema."""
    with recorded(platform_outside) as running:
        yield running
        assert running.faults() == [], "events on the bus break their registered schemas"

"""The pytest plugin of the `deployed` suites: a platform seen from outside."""

from collections.abc import Iterator

import pytest

from ecom_testkit.outside import Platform
from ecom_testkit.people import Person, somebody


@pytest.fixture(scope="session")
def platform_outside() -> Platform:
    return Platform.from_environment()


@pytest.fixture(scope="session")
def api_key(platform_outside: Platform) -> str:
    return platform_outside.parameter("frontend-api/api/key")


@pytest.fixture(scope="session")
def shopper(platform_outside: Platform) -> Iterator[Person]:
    with somebody(platform_outside) as person:
        yield person


@pytest.fixture(scope="session")
def admin(platform_outside: Platform) -> Iterator[Person]:
    with somebody(platform_outside, "admin") as person:
        yield person

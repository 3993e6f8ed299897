"""A member of staff, and the REST calls of other services."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ecom_client.journey import Staff
from ecom_client.made import new_id
from ecom_client.people import temporary_user
from ecom_client.platform import Answer, Platform

Post = Callable[[str, Any], Answer]


@pytest.fixture(scope="session")
def clerk(platform_outside: Platform) -> Iterator[Staff]:
    with temporary_user(platform_outside, "warehouse") as person:
        yield Staff(platform_outside, person)


@pytest.fixture
def post(platform_outside: Platform) -> Post:
    url = platform_outside.parameter("warehouse/api/url")
    return lambda name, body: platform_outside.signed("POST", f"{url}/backend/{name}", body)


@pytest.fixture
def order_id() -> str:
    return new_id()


@pytest.fixture
def kettle() -> str:
    """A product of the test's own."""
    return new_id()

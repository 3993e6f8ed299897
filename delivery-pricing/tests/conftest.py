"""Valid lines and addresses. They are fixtures, since a folder with a dash cannot be imported from."""

from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., dict[str, Any]]


@pytest.fixture
def line() -> Build:
    return _line


@pytest.fixture
def address() -> Build:
    return _address


def _line(**changes: Any) -> dict[str, Any]:
    package = {"width": 200, "length": 250, "height": 300, "weight": 900}
    return {"productId": "kettle", "name": "Kettle", "package": package, "price": 3990, "quantity": 1, **changes}


def _address(**changes: Any) -> dict[str, Any]:
    given = {
        "name": "Jo Shopper",
        "companyName": None,
        "streetAddress": "1 Example Street",
        "postCode": "1000",
        "city": "Example City",
        "state": None,
        "country": "US",
        "phoneNumber": "+1 555 0100",
    }
    return {**given, **changes}

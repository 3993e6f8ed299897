"""A delivery to every address that createOrder accepts has a price."""

from typing import Any

import pytest

from delivery_pricing_service.domain import read_country
from ecom.limits import ADDRESS_FIELDS
from ecom_client.journey import ADDRESS
from orders_service.drafts import MAX_LENGTHS, InputProblems, address_of


def accepted(address: dict[str, Any]) -> bool:
    problems = InputProblems()
    address_of(address, problems)
    return not problems.found


@pytest.mark.parametrize("field", ADDRESS_FIELDS)
def test_an_address_of_an_order_is_priced(field: str) -> None:
    values: list[str | None] = [None, "", " ", "dk", "A\tB\u200f", "x" * MAX_LENGTHS.get(field, 2)]
    addresses = [{**ADDRESS, field: value} for value in values]
    addresses.append({name: value for name, value in ADDRESS.items() if name != field})
    orders = [address for address in addresses if accepted(address)]
    assert orders
    for address in orders:
        assert read_country(address) == str(address["country"]).upper()

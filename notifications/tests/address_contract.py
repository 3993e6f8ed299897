"""The contract suite of `Addresses`, for the fake and the table.

Subclasses give a fixture `addresses` whose clock stands at LATER, and for which an address is fresh for FRESH.
"""

from datetime import timedelta

import pytest

from ecom_testkit.lambda_events import NOON
from notifications.tests.builders import ADDRESS, LATER
from notifications_service.addresses import Addresses

FRESH = timedelta(days=1)
USER = "user-1"
NEW_ADDRESS = "jo@new.example"


class AddressesContract:
    @pytest.fixture
    def addresses(self) -> Addresses:
        raise NotImplementedError

    def test_an_address_is_found_by_its_user(self, addresses: Addresses) -> None:
        addresses.keep(USER, ADDRESS, NOON)
        assert (addresses.find(USER), addresses.find("user-2")) == (ADDRESS, None)

    def test_a_newer_address_replaces_an_older_one_in_any_order_of_arrival(self, addresses: Addresses) -> None:
        addresses.keep(USER, ADDRESS, NOON)
        addresses.keep(USER, NEW_ADDRESS, LATER)
        addresses.keep(USER, ADDRESS, NOON)
        assert addresses.find(USER) == NEW_ADDRESS

    def test_an_address_is_fresh_for_a_day(self, addresses: Addresses) -> None:
        addresses.keep(USER, ADDRESS, LATER - FRESH)
        assert addresses.find(USER) is None
        addresses.keep(USER, ADDRESS, LATER - FRESH + timedelta(seconds=1))
        assert addresses.find(USER) == ADDRESS

    def test_a_forgotten_address_is_not_found_and_can_be_forgotten_again(self, addresses: Addresses) -> None:
        addresses.keep(USER, ADDRESS, NOON)
        addresses.forget(USER)
        addresses.forget(USER)
        assert addresses.find(USER) is None

    @pytest.mark.parametrize("user_id", ["", "x" * 3000])
    def test_a_user_id_that_cannot_be_a_key_has_no_address(self, addresses: Addresses, user_id: str) -> None:
        addresses.keep(user_id, ADDRESS, NOON)
        addresses.forget(user_id)
        assert addresses.find(user_id) is None

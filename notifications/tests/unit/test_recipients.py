"""What can be a recipient."""

import pytest

from notifications_service.errors import InvalidAddress
from notifications_service.recipients import checked_address


@pytest.mark.parametrize("address", ["jo@example.com", "jo+shop@example.com", "o'neil@example.com"])
def test_a_valid_address_is_accepted(address: str) -> None:
    assert checked_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "jo",
        "jo@a.com,mo@b.com",
        "jo@a.com; mo@b.com",
        "Jo <jo@a.com>",
        "jo@a.com\r\nBcc: mo@b.com",
        "jo @a.com",
        "a@b@c",
        "@a.com",
        "jo@",
        "a(b)@a.com",
        "a:b@a.com",
        "jo@[10.0.0.1]",
        "jö@a.com",
        "jo@ä.com",
        "j" * 320 + "@a.com",
    ],
)
def test_an_invalid_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        checked_address(address)
    assert address not in refused.value.message

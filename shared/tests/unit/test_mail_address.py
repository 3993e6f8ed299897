"""Which addresses get mail. *notifications* has the addresses that it refuses: test_recipients."""

import pytest

from ecom.mail_address import MAX_LENGTH, SPECIALS, can_receive_mail


@pytest.mark.parametrize("sign", sorted(SPECIALS))
def test_an_address_with_a_special_sign_gets_none(sign: str) -> None:
    assert can_receive_mail("ann.b@example.com")
    assert not can_receive_mail(f"ann{sign}b@example.com")


def test_an_address_has_a_length() -> None:
    domain = "@example.com"
    assert can_receive_mail("a" * (MAX_LENGTH - len(domain)) + domain)
    assert not can_receive_mail("a" * (MAX_LENGTH - len(domain) + 1) + domain)

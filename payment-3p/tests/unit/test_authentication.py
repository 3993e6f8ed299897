"""Who the merchant is."""

from typing import Any, cast

import pytest

from payment_3p_service.authentication import FRESH_SECONDS, Merchant
from payment_3p_service.errors import NotTheMerchant


class Secrets:
    """Secrets Manager with one secret, which counts how often it is read."""

    def __init__(self) -> None:
        self.secret, self.reads = "first", 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - the SDK's name
        assert SecretId == "arn"
        self.reads += 1
        return {"SecretString": self.secret}


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def secrets() -> Secrets:
    return Secrets()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def merchant(secrets: Secrets, clock: Clock) -> Merchant:
    return Merchant(cast("Any", secrets), "arn", clock)


@pytest.mark.parametrize("header", ["Bearer first", "bearer first", "BEARER  first "])
def test_who_knows_the_secret_is_let_in_and_it_is_read_once(merchant: Merchant, secrets: Secrets, header: str) -> None:
    for _ in range(3):
        merchant.must_have_sent(header)
    assert secrets.reads == 1


@pytest.mark.parametrize(
    "header",
    [None, "", "first", "Basic first", "Bearer", "Bearer ", "Bearer second", "Bearer firstly", "Bearer f\u00e9"],
)
def test_nobody_else(merchant: Merchant, secrets: Secrets, header: str | None) -> None:
    with pytest.raises(NotTheMerchant):
        merchant.must_have_sent(header)
    assert secrets.reads <= 1


def test_a_rotated_secret_is_found_and_the_old_one_is_no_more(
    merchant: Merchant, secrets: Secrets, clock: Clock
) -> None:
    merchant.must_have_sent("Bearer first")
    secrets.secret = "second"
    with pytest.raises(NotTheMerchant):
        merchant.must_have_sent("Bearer second")  # read a moment ago
    clock.seconds += FRESH_SECONDS
    merchant.must_have_sent("Bearer second")
    with pytest.raises(NotTheMerchant):
        merchant.must_have_sent("Bearer first")
    assert secrets.reads == 2, "guessing does not read the secret each time"

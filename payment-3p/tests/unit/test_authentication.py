"""Authentication of the merchant."""

from typing import Any, cast

import pytest

from payment_3p_service.authentication import FRESH_SECONDS, Merchant
from payment_3p_service.errors import Unauthorized


class Secrets:
    """Secrets Manager with one secret; counts the reads."""

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
def test_the_secret_is_accepted_and_read_once(merchant: Merchant, secrets: Secrets, header: str) -> None:
    for _ in range(3):
        merchant.authenticate(header)
    assert secrets.reads == 1


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "first",
        "Basic first",
        "Digest first",
        "bearer=first",
        "Bearer",
        "Bearer ",
        "Bearer second",
        "Bearer firstly",
        "Bearer f\u00e9",
    ],
)
def test_anything_else_is_unauthorized(merchant: Merchant, secrets: Secrets, header: str | None) -> None:
    with pytest.raises(Unauthorized):
        merchant.authenticate(header)
    assert secrets.reads <= 1


def test_after_a_rotation_only_the_new_secret_is_accepted(merchant: Merchant, secrets: Secrets, clock: Clock) -> None:
    merchant.authenticate("Bearer first")
    secrets.secret = "second"
    with pytest.raises(Unauthorized):
        merchant.authenticate("Bearer second")  # the secret was read just before
    clock.seconds += FRESH_SECONDS
    merchant.authenticate("Bearer second")
    with pytest.raises(Unauthorized):
        merchant.authenticate("Bearer first")
    assert secrets.reads == 2, "a wrong secret does not cause a read each time"

"""The merchant is who knows the secret. It is read once per container, and again when a caller brings another one."""

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from payment_3p_service.errors import NotTheMerchant

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# After a rotation the new secret is good within this time; and guessing costs no more than one read in it.
FRESH_SECONDS = 30.0
SCHEME = "bearer "


class Merchant:
    def __init__(self, client: "SecretsManagerClient", secret_arn: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._arn = secret_arn
        self._clock = clock
        self._secret = b""
        self._read_at: float | None = None

    def must_have_sent(self, authorization: str | None) -> None:
        """Raise NotTheMerchant unless the header holds the secret."""
        given = authorization or ""
        if not given[: len(SCHEME)].lower() == SCHEME:
            raise NotTheMerchant("Authorization: Bearer <merchant secret> is needed")
        offered = given[len(SCHEME) :].strip().encode(errors="replace")
        if self._read_at is None:
            self._read()
        if hmac.compare_digest(offered, self._secret):
            return
        if self._clock() - (self._read_at or 0.0) >= FRESH_SECONDS:
            self._read()
            if hmac.compare_digest(offered, self._secret):
                return
        raise NotTheMerchant("this is not the merchant's secret")

    def _read(self) -> None:
        self._secret = self._client.get_secret_value(SecretId=self._arn)["SecretString"].encode()
        self._read_at = self._clock()

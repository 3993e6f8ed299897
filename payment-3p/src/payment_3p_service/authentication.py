"""The merchant's secret: read once per execution environment, and again when a caller sends another one."""

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from payment_3p_service.aws import aws_failures
from payment_3p_service.errors import Unauthorized

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

# A rotated secret is accepted after this time at the latest, and wrong secrets cost at most one read in it.
FRESH_SECONDS = 30.0
SCHEME = "bearer "


class Merchant:
    def __init__(self, client: "SecretsManagerClient", secret_arn: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._arn = secret_arn
        self._clock = clock
        self._secret = b""
        self._read_at: float | None = None

    def authenticate(self, authorization: str | None) -> None:
        """Raise Unauthorized unless the header is `Bearer` and the secret."""
        given = authorization or ""
        if given[: len(SCHEME)].lower() != SCHEME:
            raise Unauthorized("send the header Authorization: Bearer <merchant secret>")
        offered = given[len(SCHEME) :].strip().encode(errors="replace")
        if self._read_at is None:
            self._read()
        if hmac.compare_digest(offered, self._secret):
            return
        if self._clock() - (self._read_at or 0.0) >= FRESH_SECONDS:
            self._read()
            if hmac.compare_digest(offered, self._secret):
                return
        raise Unauthorized("this is not the merchant's secret")

    def _read(self) -> None:
        with aws_failures():
            self._secret = self._client.get_secret_value(SecretId=self._arn)["SecretString"].encode()
        self._read_at = self._clock()

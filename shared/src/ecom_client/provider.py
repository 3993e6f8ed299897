"""The payment provider as its merchant and its testers see it: its ledger, and its failure scripts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ecom_client.platform import Answer, Platform, send


@dataclass(frozen=True)
class Provider:
    platform: Platform

    def payment(self, token: str) -> dict[str, Any]:
        """The ledger's entry. A script that fails payment's reads of the ledger fails this read, too."""
        answer = self._as_merchant("GET", f"/payments/{token}")
        assert answer.status == 200, answer
        ledger: dict[str, Any] = answer.body
        return ledger

    def script(
        self,
        behaviour: str,
        token: str | None = None,
        *,
        operations: Sequence[str] = (),
        times: int | None = None,
        seconds: int = 60,
        delay: int = 0,
    ) -> None:
        """Make the provider fail: for one token or all; in some operations or all; `times` times, or for `seconds`.
        `payment-3p/README.md` lists the behaviours. A time-out without a delay is a 504 at once."""
        wanted = {
            "behaviour": behaviour,
            "paymentToken": token,
            "operations": list(operations) or None,
            "times": times,
            "seconds": seconds,
            "delay": delay,
        }
        body = {name: value for name, value in wanted.items() if value is not None}
        answer = self._as_merchant("POST", "/scripts", body)
        assert answer.status == 200, answer

    @contextmanager
    def failing(self, behaviour: str, token: str | None = None, **how: Any) -> Iterator[None]:
        """Run the script during the block, and end it afterwards."""
        self.script(behaviour, token, **how)
        try:
            yield
        finally:
            self.script("NONE", token, operations=how.get("operations", ()))

    def _as_merchant(self, method: str, path: str, body: Any = None) -> Answer:
        url = self.platform.parameter("payment-3p/api/url")
        arn = self.platform.parameter("payment-3p/secret/arn")
        secret = self.platform.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        return send(method, f"{url}{path}", body, {"Authorization": f"Bearer {secret}"})

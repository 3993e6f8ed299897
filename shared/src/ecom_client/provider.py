"""The payment provider as its merchant and its testers see it: its own books, and its failure scripts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from ecom_client.platform import Answer, Platform, send


@dataclass(frozen=True)
class Provider:
    platform: Platform

    def payment(self, token: str) -> dict[str, Any]:
        """What its books say. A script that stops payment from looking there stops this, too."""
        answer = self._as_merchant("GET", f"/payments/{token}")
        assert answer.status == 200, answer
        books: dict[str, Any] = answer.body
        return books

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
        """Make the provider fail: to one token, or to all; in some operations, or in all; so many times, or until the
        time is over. `payment-3p/README.md` lists the behaviours. A time-out with no delay is a 504 at once."""
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
        """The script is on while the block runs, and off afterwards whatever happened."""
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

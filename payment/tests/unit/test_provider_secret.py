"""The merchant's secret is read once, and again after a rotation."""

import json
from typing import Any, cast

from ecom.http import Request
from payment_service.provider import HttpProvider
from payment_service.provider_secret import StoredSecret


class SecretsManager:
    def __init__(self) -> None:
        self.value, self.reads = "first", 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803 - the SDK's name
        assert SecretId == "arn"
        self.reads += 1
        return {"SecretString": self.value}


def test_the_secret_is_read_once_and_again_after_forget() -> None:
    manager = SecretsManager()
    secret = StoredSecret(cast("Any", manager), "arn")
    assert [secret.read(), secret.read(), manager.reads] == ["first", "first", 1]
    manager.value = "second"
    assert secret.read() == "first"
    secret.forget()
    assert [secret.read(), secret.read(), manager.reads] == ["second", "second", 2]


def test_a_payment_is_captured_after_a_rotation() -> None:
    manager = SecretsManager()

    def transport(request: Request) -> tuple[int, bytes]:
        accepted = request.headers["Authorization"] == f"Bearer {manager.value}"
        return (200, json.dumps({"ok": True}).encode()) if accepted else (401, b"{}")

    provider = HttpProvider("https://provider", StoredSecret(cast("Any", manager), "arn"), transport)
    assert provider.capture("token", "key")
    manager.value = "second"
    assert provider.capture("token", "key")
    assert manager.reads == 2

"""A rotated secret of the merchant is read again."""

import json
from typing import Any, cast

from ecom.http import Request
from ecom.stored_secret import StoredSecret
from ecom_testkit.secrets_manager import SecretsManager
from payment_service.provider import HttpProvider


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

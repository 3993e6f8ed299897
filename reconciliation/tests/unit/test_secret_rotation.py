"""A rotated secret of the merchant is read again. Else each run would be incomplete while Lambda keeps the
environment."""

import json
from typing import Any, cast

import pytest

from ecom.http import Request
from ecom.stored_secret import StoredSecret
from ecom_testkit.secrets_manager import SecretsManager
from reconciliation_service.provider import Provider, ProviderUnavailable


def test_the_ledger_is_read_after_a_rotation() -> None:
    manager = SecretsManager()
    accepted = ["first"]

    def transport(request: Request) -> tuple[int, bytes]:
        is_accepted = request.headers["Authorization"] == f"Bearer {accepted[0]}"
        return (200, json.dumps({"payments": []}).encode()) if is_accepted else (401, b"{}")

    provider = Provider("https://provider", StoredSecret(cast("Any", manager), "arn"), transport)
    assert provider.entries(["token"]) == {}
    accepted[0] = manager.value = "second"
    assert provider.entries(["token"]) == {}
    assert manager.reads == 2
    accepted[0] = "unknown"
    with pytest.raises(ProviderUnavailable, match="answered 401"):
        provider.entries(["token"])

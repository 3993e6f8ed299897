"""A secret is read once, and again after a rotation."""

from typing import Any, cast

from ecom.stored_secret import StoredSecret
from ecom_testkit.secrets_manager import SecretsManager


def test_the_secret_is_read_once_and_again_after_forget() -> None:
    manager = SecretsManager()
    secret = StoredSecret(cast("Any", manager), "arn")
    assert [secret.read(), secret.read(), manager.reads] == ["first", "first", 1]
    manager.value = "second"
    assert secret.read() == "first"
    secret.forget()
    assert [secret.read(), secret.read(), manager.reads] == ["second", "second", 2]

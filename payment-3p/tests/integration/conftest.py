"""The ledger on moto, with a clock that the tests set."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from payment_3p_service import bootstrap
from payment_3p_service.repository import Ledger
from payment_3p_service.script_repository import ScriptTable
from tools.project.services import read_template

RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


class Time:
    """A clock that the tests set."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.resource("dynamodb", region_name="us-east-1").meta.client
        for name in ("Table", "KeysTable", "ScriptsTable"):
            properties = RESOURCES[name]["Properties"]
            taken = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
            client.create_table(TableName=name, **{key: properties[key] for key in taken if key in properties})
        yield client


@pytest.fixture
def ledger(dynamodb: Any, time: Time) -> Ledger:
    return Ledger(dynamodb, "Table", "KeysTable", time, lambda _: None)


@pytest.fixture
def provider(dynamodb: Any, ledger: Ledger, time: Time, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The handlers over that ledger; the secret is `secret`."""
    client = boto3.client("secretsmanager", region_name="us-east-1")
    monkeypatch.setenv("SECRET_ARN", client.create_secret(Name="merchant", SecretString="secret")["ARN"])
    monkeypatch.setenv("HOLD_DAYS", "30")
    monkeypatch.setenv("ALLOWED_ORIGIN", "https://shop.example")
    monkeypatch.setattr(bootstrap, "ledger", lambda: ledger)
    monkeypatch.setattr(bootstrap, "now", time)
    table = ScriptTable(dynamodb, "ScriptsTable", time)
    monkeypatch.setattr(bootstrap, "script_table", lambda: table)
    bootstrap.merchant.cache_clear()
    return ledger

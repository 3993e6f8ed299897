"""The tables of the template, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import cart_service
from cart.tests.integration.till import CHECKOUTS, TABLE, Till
from cart_service import bootstrap
from ecom.business_metrics import MetricCounter
from ecom.runtime import Runtime
from ecom_testkit.queue_spy import QueueSpy
from ecom_testkit.templates import create_table_request
from tools.project.services import read_template

RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for name, resource in ((TABLE, "Table"), (CHECKOUTS, "CheckoutsTable")):
            client.create_table(TableName=name, **create_table_request(RESOURCES[resource]["Properties"]))
        yield client


@pytest.fixture
def till(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> Till:
    made = Till(dynamodb)
    metrics = MetricCounter("test", "cart", lambda: made.now.timestamp())
    runtime = Runtime(cart_service.__file__, queue=QueueSpy(), dead_letters=made.dead_letters, metrics=metrics)
    monkeypatch.setenv("ALLOWED_ORIGIN", "https://shop.example")
    monkeypatch.setattr(bootstrap, "runtime", runtime)
    monkeypatch.setattr(bootstrap, "check_out", made.check_out)
    monkeypatch.setattr(bootstrap, "emptying", made.emptying)
    return made

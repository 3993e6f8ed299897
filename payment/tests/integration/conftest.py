"""The tables of the template, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tools.project.services import read_template

RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        for name in ("Table", "EarlyFactsTable", "RefundsTable"):
            properties = RESOURCES[name]["Properties"]
            copied = ("BillingMode", "AttributeDefinitions", "KeySchema")
            client.create_table(TableName=name, **{key: properties[key] for key in copied})
        yield client

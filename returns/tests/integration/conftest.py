"""The table of the template, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom_testkit.templates import create_table_request
from tools.project.services import read_template

TABLE = "returns"
RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(TableName=TABLE, **create_table_request(RESOURCES["Table"]["Properties"]))
        yield client

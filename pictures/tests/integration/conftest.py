"""The table of the template and a bucket, on moto."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.backoff import Backoff
from ecom_testkit.templates import create_table_request
from pictures_service.bucket import Bucket
from pictures_service.repository import Pictures
from tools.project.services import read_template

NAME = "pictures"
RESOURCES = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


@pytest.fixture
def dynamodb(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(TableName=NAME, **create_table_request(RESOURCES["Table"]["Properties"]))
        yield client


@pytest.fixture
def s3(dynamodb: Any) -> Any:
    client = boto3.client("s3", region_name="us-east-1")
    client.create_bucket(Bucket=NAME)
    return client


@pytest.fixture
def pictures(dynamodb: Any) -> Pictures:
    return Pictures(dynamodb, NAME, Backoff(max_attempts=3, sleep=lambda _: None))


@pytest.fixture
def bucket(s3: Any) -> Bucket:
    return Bucket(s3, NAME)

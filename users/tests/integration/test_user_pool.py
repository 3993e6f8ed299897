"""The user pool, on moto: users are found by the user name that triggers have."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from users_service.user_pool import UserPool


@pytest.fixture
def cognito(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cognito-idp", region_name="us-east-1")


def test_a_user_is_found_by_name_and_an_unknown_name_is_none(cognito: Any) -> None:
    pool_id = cognito.create_user_pool(PoolName="people", UsernameAttributes=["email"])["UserPool"]["Id"]
    created = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username="shopper@example.com",
        UserAttributes=[{"Name": "email", "Value": "shopper@example.com"}],
    )["User"]
    sub = next(item["Value"] for item in created["Attributes"] if item["Name"] == "sub")
    pool = UserPool(cognito, pool_id)
    found = pool.find(created["Username"])
    assert found
    assert (found.user_id, found.email) == (sub, "shopper@example.com")
    assert pool.find("unknown") is None

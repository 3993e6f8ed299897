"""Recipients from the user pool, on moto."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from notifications.tests.builders import ADDRESS
from notifications_service.recipients import CognitoRecipients


@pytest.fixture
def cognito(fake_aws: None) -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("cognito-idp", region_name="us-east-1")


@pytest.fixture
def pool_id(cognito: Any) -> str:
    pool = cognito.create_user_pool(PoolName="recipients", UsernameAttributes=["email"])
    return str(pool["UserPool"]["Id"])


def made(cognito: Any, pool_id: str) -> str:
    user = cognito.admin_create_user(
        UserPoolId=pool_id, Username=ADDRESS, UserAttributes=[{"Name": "email", "Value": ADDRESS}]
    )["User"]
    return next(str(item["Value"]) for item in user["Attributes"] if item["Name"] == "sub")


def test_a_user_is_found_by_their_sub(cognito: Any, pool_id: str) -> None:
    assert CognitoRecipients(cognito, pool_id).address_of(made(cognito, pool_id)) == ADDRESS


def test_an_order_cannot_name_its_recipient_by_address(cognito: Any, pool_id: str) -> None:
    made(cognito, pool_id)
    assert CognitoRecipients(cognito, pool_id).address_of(ADDRESS) is None


@pytest.mark.parametrize("user_id", ["", "unknown", "x" * 3000])
def test_an_unknown_user_has_no_address(cognito: Any, pool_id: str, user_id: str) -> None:
    assert CognitoRecipients(cognito, pool_id).address_of(user_id) is None


def test_a_deleted_user_has_no_address(cognito: Any, pool_id: str) -> None:
    user_id = made(cognito, pool_id)
    cognito.admin_delete_user(UserPoolId=pool_id, Username=user_id)
    assert CognitoRecipients(cognito, pool_id).address_of(user_id) is None

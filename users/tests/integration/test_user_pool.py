"""The pool, on moto: who exists is found by the name that triggers give."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from users_service.user_pool import Pool


@pytest.fixture
def cognito(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("cognito-idp", region_name="us-east-1")


def test_a_user_is_found_by_name_and_nobody_is_none(cognito: Any) -> None:
    pool_id = cognito.create_user_pool(PoolName="people", UsernameAttributes=["email"])["UserPool"]["Id"]
    made = cognito.admin_create_user(
        UserPoolId=pool_id,
        Username="shopper@example.com",
        UserAttributes=[{"Name": "email", "Value": "shopper@example.com"}],
    )["User"]
    sub = next(item["Value"] for item in made["Attributes"] if item["Name"] == "sub")
    pool = Pool(cognito, pool_id)
    found = pool.find(made["Username"])
    assert found
    assert (found.user_id, found.email) == (sub, "shopper@example.com")
    assert pool.find("nobody") is None

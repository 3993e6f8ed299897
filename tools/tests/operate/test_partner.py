"""`make partner`: keys are made, listed, rotated and revoked."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.dynamo import Table
from tools.operate.partner import Partners, arguments, run
from tools.project.problems import Problem, WrongUse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def partners(fake_aws: None) -> Iterator[Partners]:
    with mock_aws():
        dynamodb = boto3.client("dynamodb", region_name="us-east-1")
        dynamodb.create_table(
            TableName="keys",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "keyId", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "keyId", "KeyType": "HASH"}],
        )
        gateway: Any = boto3.client("apigateway", region_name="us-east-1")
        plan = gateway.create_usage_plan(name="plan")["id"]
        yield Partners(gateway, Table(dynamodb, "keys"), plan, "ecommerce-dev-partners")


def operate(partners: Partners, *argv: str) -> str:
    return run(partners, arguments(argv), NOON)


def planned(partners: Partners) -> list[str]:
    return [key["id"] for key in partners.gateway.get_usage_plan_keys(usagePlanId=partners.plan)["items"]]


def test_a_key_is_made_shown_once_and_listed(partners: Partners) -> None:
    assert "no partner has a key" in operate(partners)
    said = operate(partners, "--name", "acme")
    (key,) = partners.keys("acme")
    value = partners.gateway.get_api_key(apiKey=key["keyId"], includeValue=True)["value"]
    assert said == f"acme: the key, shown only now: {value}"
    assert planned(partners) == [key["keyId"]]
    listed = operate(partners)
    assert listed.startswith("acme ")
    assert key["keyId"] in listed
    assert value not in listed
    with pytest.raises(Problem, match="ROTATE"):
        operate(partners, "--name", "acme")


def test_a_rotated_key_replaces_the_old_one(partners: Partners) -> None:
    operate(partners, "--name", "acme")
    operate(partners, "--name", "bolt")
    (old,) = partners.keys("acme")
    operate(partners, "--name", "acme", "--rotate")
    (new,) = partners.keys("acme")
    assert new["keyId"] != old["keyId"]
    assert [each["id"] for each in partners.gateway.get_api_keys()["items"]].count(old["keyId"]) == 0
    assert partners.table.get({"keyId": old["keyId"]})["partner"] == "acme"  # type: ignore[index]  # it is there
    assert len(partners.keys("bolt")) == 1


def test_a_revoked_partner_has_no_key_and_may_get_a_new_one(partners: Partners) -> None:
    operate(partners, "--name", "acme")
    (key,) = partners.keys("acme")
    partners.gateway.delete_api_key(apiKey=key["keyId"])  # an earlier attempt ended here
    assert operate(partners, "--name", "acme", "--revoke") == "acme: 1 key revoked; its orders stay"
    assert partners.keys() == []
    for switch in ("--revoke", "--rotate"):
        with pytest.raises(Problem, match="no key"):
            operate(partners, "--name", "acme", switch)
    operate(partners, "--name", "acme")


@pytest.mark.parametrize("name", ["Acme", "key-1", "a b", "x" * 41, "-a"])
def test_a_name_that_is_none(partners: Partners, name: str) -> None:
    with pytest.raises(WrongUse):
        operate(partners, f"--name={name}")

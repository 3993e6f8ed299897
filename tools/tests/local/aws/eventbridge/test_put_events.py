"""A policy on `events:PutEvents` can use source and detail-type."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud


@pytest.fixture(scope="module")
def publisher(cloud: Cloud) -> Callable[..., Any]:
    cloud.client("events").create_event_bus(Name="shop")
    iam = cloud.client("iam")

    def make(name: str, condition: dict[str, Any]) -> Any:
        bus = f"arn:aws:events:us-east-1:{cloud.account}:event-bus/shop"
        statement = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus, "Condition": condition}
        iam.create_user(UserName=name)
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return cloud.client("events", cloud.session(key["AccessKeyId"], key["SecretAccessKey"]))

    return make


def entry(source: str = "ecommerce.orders", detail_type: str = "OrderCreated", bus: str = "shop") -> dict[str, Any]:
    return {"EventBusName": bus, "Source": source, "DetailType": detail_type, "Detail": "{}"}


def put(client: Any, *entries: dict[str, Any]) -> int:
    answer = client.put_events(Entries=list(entries))
    assert answer["FailedEntryCount"] == 0
    return len(answer["Entries"])


def test_own_source_only(publisher: Callable[..., Any]) -> None:
    client = publisher("orders", {"StringEquals": {"events:source": "ecommerce.orders"}})
    assert put(client, entry(), entry(detail_type="OrderModified")) == 2
    for foreign in (
        [entry("ecommerce.payment")],
        [entry(), entry("ecommerce.payment")],
        [entry(), entry(bus="default")],
    ):
        with pytest.raises(ClientError, match="not authorized to perform: events:PutEvents"):
            put(client, *foreign)


def test_detail_type(publisher: Callable[..., Any]) -> None:
    types = ["OrderCreated", "OrderModified"]
    client = publisher("typed", {"ForAllValues:StringEquals": {"events:detail-type": types}})
    assert put(client, entry()) == 1
    with pytest.raises(ClientError, match="AccessDenied"):
        put(client, entry(), entry(detail_type="OrderDeleted"))


def test_patterns_and_negations(publisher: Callable[..., Any]) -> None:
    client = publisher(
        "all", {"StringLike": {"events:source": "ecommerce.*"}, "Bool": {"events:eventBusInvocation": "false"}}
    )
    assert put(client, entry(), entry("ecommerce.users")) == 2
    with pytest.raises(ClientError, match="AccessDenied"):
        put(client, entry(), entry("aws.s3"))


@pytest.mark.parametrize("detail", ["[1]", '"x"', '{"a":1,', '{"a": NaN}', "", "[" * 50_000])
def test_a_malformed_detail_is_refused_and_the_others_are_accepted(publisher: Callable[..., Any], detail: str) -> None:
    client = publisher(f"malformed-{uuid.uuid4()}", {})
    answer = client.put_events(Entries=[entry(), {**entry(), "Detail": detail}, entry()])
    assert [one.get("ErrorCode", "taken") for one in answer["Entries"]] == ["taken", "MalformedDetail", "taken"]
    assert answer["FailedEntryCount"] == 1


def test_the_entries_of_a_request_have_a_size(publisher: Callable[..., Any]) -> None:
    # The page "Calculating Amazon EventBridge PutEvents event entry size": resources and the time count.
    client = publisher(f"large-{uuid.uuid4()}", {})
    names = len("ecommerce.orders" + "OrderCreated")
    first = {**entry(), "Resources": ["ü" * 100, "r"], "Time": 1_800_000_000}
    used = names + 14 + 201 + 2
    detail = json.dumps({"padding": ""})
    room = 1024 * 1024 - used - names - len(detail)
    fits = {**entry(), "Detail": detail.replace('""', f'"{"x" * room}"')}
    assert put(client, first, fits) == 2
    with pytest.raises(ClientError, match="Total size of the entries in the request is over the limit"):
        put(client, {**first, "Resources": ["ü" * 100, "rr"]}, fits)

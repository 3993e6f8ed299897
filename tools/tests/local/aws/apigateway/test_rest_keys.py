"""API keys and usage plans of REST APIs work and are refused as on AWS.

*Usage plans and API keys for REST APIs in API Gateway*, *Gateway response types*.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.http import Answer, call
from tools.tests.local.stacks import Stack


@pytest.fixture
def gateway(cloud: Cloud) -> Any:
    return cloud.client("apigateway")


@pytest.fixture
def make_plan(gateway: Any, callers: Stack) -> Iterator[Callable[..., str]]:
    """A usage plan of the stage with one key; returns the value of the key."""
    plans = []

    def make(**limits: Any) -> str:
        stages = [{"apiId": callers.outputs()["Api"], "stage": "prod"}]
        plan = gateway.create_usage_plan(name=f"plan-{uuid4().hex}", apiStages=stages, **limits)["id"]
        plans.append(plan)
        key = gateway.create_api_key(name="made", enabled=True)
        gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
        return str(key["value"])

    yield make
    for plan in plans:
        gateway.delete_usage_plan(usagePlanId=plan)


def get(url: str, key: str | None, path: str = "/keyed") -> Answer:
    return call(url + path, headers={} if key is None else {"x-api-key": key})


def value_of(gateway: Any, key_id: str) -> str:
    return str(gateway.get_api_key(apiKey=key_id, includeValue=True)["value"])


def forbidden(answer: Answer) -> None:
    assert (answer.status, answer.json) == (403, {"message": "Forbidden"})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ClientError) as error:
        yield
    assert error.value.response["Error"]["Code"] == code


def test_a_key_of_the_template_opens_the_method_and_names_the_caller(url: str, gateway: Any, callers: Stack) -> None:
    key_id = callers.outputs()["Key"]
    value = value_of(gateway, key_id)
    answer = get(url, value)
    assert answer.status == 200, answer.body
    assert (answer.json["identity"]["apiKeyId"], answer.json["identity"]["apiKey"]) == (key_id, value)
    assert "apiKey" not in get(url, value, "/open").json["identity"], "the method requires none"


@pytest.mark.parametrize("key", [None, "", "guessed-guessed-guessed"])
def test_without_a_key_that_exists_it_is_forbidden(url: str, key: str | None) -> None:
    forbidden(get(url, key))


def test_a_key_needs_a_plan_for_this_stage(url: str, gateway: Any, make_plan: Callable[..., str]) -> None:
    forbidden(get(url, gateway.create_api_key(name="without", enabled=True)["value"]))
    value = make_plan()
    assert get(url, value).status == 200
    forbidden(get(url.replace("/prod", "/beta"), value))


def test_a_key_is_disabled_enabled_and_deleted(url: str, gateway: Any, callers: Stack) -> None:
    key = gateway.create_api_key(name="acme", enabled=True)
    plan = callers.outputs()["Plan"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")

    def set_enabled(value: str) -> None:
        operation = {"op": "replace", "path": "/enabled", "value": value}
        gateway.update_api_key(apiKey=key["id"], patchOperations=[operation])

    assert get(url, key["value"]).status == 200
    set_enabled("false")
    assert gateway.get_api_key(apiKey=key["id"])["enabled"] is False
    forbidden(get(url, key["value"]))
    set_enabled("true")
    assert get(url, key["value"]).status == 200
    with refused("BadRequestException"):
        set_enabled("maybe")
    with refused("BadRequestException"):
        gateway.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/value", "value": "x"}])
    gateway.delete_api_key(apiKey=key["id"])
    forbidden(get(url, key["value"]))
    assert key["id"] not in [each["id"] for each in gateway.get_usage_plan_keys(usagePlanId=plan)["items"]]


def test_the_value_of_a_key_is_shown_on_request(gateway: Any) -> None:
    key = gateway.create_api_key(name=f"shown-{uuid4().hex}", enabled=True)
    assert "value" not in gateway.get_api_key(apiKey=key["id"])
    assert value_of(gateway, key["id"]) == key["value"]
    assert [("value" in each) for each in gateway.get_api_keys(nameQuery=key["name"])["items"]] == [False]
    (listed,) = gateway.get_api_keys(nameQuery=key["name"], includeValues=True)["items"]
    assert listed["value"] == key["value"]
    changed = gateway.update_api_key(
        apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/description", "value": "new"}]
    )
    assert (changed["description"], "value" in changed) == ("new", False)


def test_the_value_of_a_key_is_its_own(gateway: Any) -> None:
    value = uuid4().hex
    gateway.create_api_key(name="one", value=value)
    with refused("ConflictException"):
        gateway.create_api_key(name="two", value=value)
    for wrong in ("x" * 19, "x" * 129):
        with refused("BadRequestException"):
            gateway.create_api_key(name="three", value=wrong)


def test_a_burst_is_too_many_requests(url: str, make_plan: Callable[..., str]) -> None:
    value = make_plan(throttle={"rateLimit": 0.001, "burstLimit": 2})
    assert [get(url, value).status for _ in range(3)] == [200, 200, 429]
    answer = get(url, value)
    assert (answer.json, answer.headers["access-control-allow-origin"]) == (
        {"message": "Too Many Requests"},
        "https://shop.example",
    )


def test_a_quota_is_the_keys_own(url: str, make_plan: Callable[..., str]) -> None:
    value, other = (make_plan(quota={"limit": 2, "period": "DAY"}) for _ in range(2))
    assert [get(url, value).status for _ in range(3)] == [200, 200, 429]
    assert get(url, value).json == {"message": "Limit Exceeded"}
    assert get(url, other).status == 200


def test_a_plan_changes_by_patches(url: str, gateway: Any, callers: Stack, make_plan: Callable[..., str]) -> None:
    value = make_plan(quota={"limit": 1, "period": "DAY"})
    plan = next(p["id"] for p in gateway.get_usage_plans()["items"] if p.get("quota", {}).get("limit") == 1)
    assert [get(url, value).status for _ in range(2)] == [200, 429]
    stage = f"{callers.outputs()['Api']}:prod"

    def patch(operation: str, path: str, text: str = "") -> Any:
        change = {"op": operation, "path": path, **({"value": text} if text else {})}
        return gateway.update_usage_plan(usagePlanId=plan, patchOperations=[change])

    assert patch("replace", "/quota/limit", "5")["quota"]["limit"] == 5
    assert get(url, value).status == 200
    assert patch("remove", "/apiStages", stage)["apiStages"] == []
    forbidden(get(url, value))
    assert patch("add", "/apiStages", stage)["apiStages"][0]["stage"] == "prod"
    assert get(url, value).status == 200
    for operation, path, text in [
        ("replace", "/quota/limit", "many"),
        ("replace", "/colour", "blue"),
        ("replace", "/quota/period", "YEAR"),
    ]:
        with refused("BadRequestException"):
            patch(operation, path, text)
    with refused("NotFoundException"):
        patch("add", "/apiStages", f"{callers.outputs()['Api']}:missing")


def test_a_plan_has_stages_that_exist(gateway: Any, callers: Stack) -> None:
    with refused("NotFoundException"):
        gateway.create_usage_plan(name="p", apiStages=[{"apiId": callers.outputs()["Api"], "stage": "missing"}])
    with refused("BadRequestException"):
        gateway.create_usage_plan(name="p", quota={"limit": 3})


def test_a_key_has_one_plan_for_a_stage(gateway: Any, callers: Stack) -> None:
    outputs = callers.outputs()
    stages = [{"apiId": outputs["Api"], "stage": "prod"}]
    second = gateway.create_usage_plan(name="second", apiStages=stages)["id"]
    with refused("ConflictException"):
        gateway.create_usage_plan_key(usagePlanId=second, keyId=outputs["Key"], keyType="API_KEY")
    with refused("ConflictException"):
        gateway.create_usage_plan_key(usagePlanId=outputs["Plan"], keyId=outputs["Key"], keyType="API_KEY")
    with refused("NotFoundException"):
        gateway.create_usage_plan_key(usagePlanId=second, keyId="unknown", keyType="API_KEY")
    with refused("BadRequestException"):
        gateway.create_usage_plan_key(usagePlanId=second, keyId=outputs["Key"], keyType="OTHER")
    with refused("NotFoundException"):
        gateway.delete_usage_plan_key(usagePlanId=second, keyId=outputs["Key"])
    gateway.delete_usage_plan(usagePlanId=second)

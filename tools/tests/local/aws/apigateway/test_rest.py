"""REST APIs refuse, validate and fail as on AWS."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.credentials import Credentials

from ecom_client.polling import poll
from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.http import call
from tools.tests.local.measured import measured
from tools.tests.local.stacks import template

TEMPLATE = template("rest")
GOOD = json.dumps({"lines": [{"productId": "p", "quantity": 1}]}).encode()


@pytest.fixture(scope="module")
def url(cloud: Cloud) -> Iterator[str]:
    cloudformation = cloud.client("cloudformation")
    cloudformation.create_stack(StackName="rest", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(StackName="rest", WaiterConfig={"Delay": 1})
    yield api_url(cloud)
    cloudformation.delete_stack(StackName="rest")


def api_url(cloud: Cloud) -> str:
    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="rest")["Stacks"]
    return f"{cloud.endpoint}/_aws/execute-api/{stack['Outputs'][0]['OutputValue']}/prod"


@pytest.fixture(scope="module")
def administrator(cloud: Cloud) -> Credentials:
    return Credentials(cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_SECRET_ACCESS_KEY"])


def user(cloud: Cloud, name: str, *allowed: str) -> Credentials:
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    if allowed:
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": list(allowed)}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


class TestWhoMayCall:
    @pytest.mark.parametrize(("method", "path"), [("POST", "/signed"), ("GET", "/signed/7"), ("GET", "/extension")])
    def test_signed_and_allowed(self, url: str, administrator: Credentials, method: str, path: str) -> None:
        body = GOOD if method == "POST" else None
        answer = call(url + path, method, body, credentials=administrator)
        assert answer.status == 200, answer.body
        assert answer.json["caller"].endswith(":user/administrator")

    @pytest.mark.parametrize(("method", "path"), [("POST", "/signed"), ("GET", "/signed/7"), ("GET", "/extension")])
    def test_unsigned(self, url: str, method: str, path: str) -> None:
        answer = call(url + path, method, GOOD if method == "POST" else None)
        assert (answer.status, answer.json) == (403, {"message": "Missing Authentication Token"})

    def test_wrong_secret(self, url: str, administrator: Credentials) -> None:
        forged = Credentials(administrator.access_key, "not-the-secret")
        answer = call(url + "/signed", "POST", GOOD, credentials=forged)
        assert answer.status == 403
        assert answer.message.startswith("The request signature we calculated does not match")

    def test_a_query_with_a_space(self, url: str, administrator: Credentials) -> None:
        """AWS encodes a space as `%20` before it compares. A client that sends and signs a `+` is refused."""
        answer = call(url + "/signed/7?name=a%20b%2Bc", credentials=administrator)
        assert (answer.status, answer.json["query"]) == (200, {"name": "a b+c"})
        answer = call(url + "/signed/7?name=a+b%2Bc", credentials=administrator)
        assert (answer.status, list(answer.json)) == (403, ["message"])
        assert answer.message.startswith("The request signature we calculated does not match")

    @pytest.mark.parametrize("key", ["test", "000000000000", "123456789012", "AKIAIOSFODNN7EXAMPLE"])
    def test_unknown_key(self, url: str, key: str) -> None:
        answer = call(url + "/signed", "POST", GOOD, credentials=Credentials(key, "any"))
        assert (answer.status, answer.json) == (
            403,
            {"message": "The security token included in the request is invalid."},
        )

    def test_another_services_signature(self, url: str, administrator: Credentials) -> None:
        answer = call(url + "/signed", "POST", GOOD, credentials=administrator, service="dynamodb")
        assert answer.status == 403
        assert "execute-api" in answer.message

    def test_another_regions_signature(self, url: str, administrator: Credentials) -> None:
        answer = call(url + "/signed", "POST", GOOD, credentials=administrator, region="eu-west-1")
        assert (answer.status, "region" in answer.message) == (403, True)

    def test_unauthorised(self, url: str, cloud: Cloud) -> None:
        answer = call(url + "/signed/7", credentials=user(cloud, "stranger"))
        api = url.split("/")[-2]
        arn = f"arn:aws:execute-api:us-east-1:********{cloud.account[-4:]}:{api}/prod/GET/signed/7"
        assert answer.status == 403
        assert answer.message.startswith(
            f"User: arn:aws:iam::{cloud.account}:user/stranger is not authorized to perform: execute-api:Invoke on"
            f" resource: {arn}"
        )

    def test_a_policy_for_one_method_allows_that_method(self, url: str, cloud: Cloud) -> None:
        api = url.split("/")[-2]
        caller = user(cloud, "reader", f"arn:aws:execute-api:us-east-1:{cloud.account}:{api}/prod/GET/signed/*")
        assert call(url + "/signed/7", credentials=caller).status == 200
        assert call(url + "/signed", "POST", GOOD, credentials=caller).status == 403

    def test_an_open_method_is_open(self, url: str, administrator: Credentials) -> None:
        assert call(url + "/open").json["path"] == "/open"
        assert call(url + "/open", headers={"Authorization": "Bearer merchant"}).status == 200
        assert call(url + "/open", credentials=administrator).status == 200

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", "/nowhere"), ("DELETE", "/open"), ("GET", "/signed"), ("GET", "/")]
    )
    def test_missing_resources(self, url: str, administrator: Credentials, method: str, path: str) -> None:
        for credentials in (None, administrator):
            answer = call(url + path, method, credentials=credentials)
            if credentials is None:
                assert (answer.status, answer.json) == (403, {"message": "Missing Authentication Token"})
            assert answer.status == 403
            assert set(answer.json) == {"message"}

    def test_another_stage(self, url: str) -> None:
        answer = call(url.replace("/prod", "/beta") + "/open")
        assert (answer.status, answer.json) == (403, {"message": "Forbidden"})

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH"])
    def test_any_method(self, url: str, method: str) -> None:
        assert call(url + "/any", method).status == 200


BAD = {
    b"": "[the body is missing]",
    b"{": "[the body is not valid JSON at line 1, column 2]",
    b'{"lines": NaN}': "[the body is not valid JSON]",
    b"[]": '[/: instance type (array) does not match any allowed primitive type (allowed: ["object"])]',
    b"{}": '[/: object has missing required properties (["lines"])]',
    b'{"lines": [{"productId": "p", "quantity": "2"}]}': (
        '[/lines/0/quantity: instance type (string) does not match any allowed primitive type (allowed: ["integer"])]'
    ),
    b'{"lines": [{"productId": "p", "quantity": 0}]}': (
        "[/lines/0/quantity: numeric instance is lower than the required minimum (minimum: 1, found: 0)]"
    ),
    b'{"lines": [{"productId": "", "quantity": 1, "free": true}], "kind": "x"}': (
        '[/kind: instance value not found in enum (possible values: ["gift","normal"]), '
        '/lines/0: object instance has properties which are not allowed by the schema: ["free"], '
        "/lines/0/productId: string is too short (length: 0, required minimum: 1)]"
    ),
}


class TestBodies:
    @pytest.mark.parametrize("body", BAD)
    def test_the_refusal_of_a_body_says_what_and_where(self, url: str, administrator: Credentials, body: bytes) -> None:
        answer = call(url + "/signed", "POST", body, credentials=administrator)
        assert (answer.status, answer.json) == (400, {"message": BAD[body]})

    @pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=utf-8", "", "application/xml"])
    def test_whatever_the_content_type(self, url: str, administrator: Credentials, kind: str) -> None:
        headers = {"content-type": kind}
        assert call(url + "/signed", "POST", b"{}", headers, administrator).status == 400
        assert call(url + "/signed", "POST", GOOD, headers, administrator).status == 200

    def test_the_function_must_check_what_the_import_drops(self, url: str, administrator: Credentials) -> None:
        # Important notes for REST APIs: no minItems, maxItems or anyOf. The document has all three.
        four = json.dumps({"lines": [{"productId": "p", "quantity": 1}] * 4, "note": 7}).encode()
        for body in (b'{"lines": []}', four):
            assert call(url + "/signed", "POST", body, credentials=administrator).status == 200

    def test_callers_are_checked_before_bodies(self, url: str) -> None:
        assert call(url + "/signed", "POST", b"{}").status == 403

    def test_an_optional_body_may_be_missing(self, url: str) -> None:
        assert call(url + "/open", "POST", b"").status == 200
        assert call(url + "/open", "POST", b'{"n": 3}').status == 200
        assert "/n: numeric instance is greater" in call(url + "/open", "POST", b'{"n": 10}').message

    def test_deep_nesting_is_refused(self, url: str, administrator: Credentials) -> None:
        answer = call(url + "/signed", "POST", b"[" * 100_000 + b"]" * 100_000, credentials=administrator)
        assert answer.status == 400

    @pytest.mark.parametrize("size", [6_291_457, 10_485_761])
    def test_a_body_that_is_too_large_is_refused(self, url: str, administrator: Credentials, size: int) -> None:
        answer = call(url + "/signed", "POST", b"x" * size, credentials=administrator)
        assert (answer.status, answer.json) == (413, {"message": "Request Too Long"})

    def test_required_parameters(self, url: str) -> None:
        assert call(url + "/needs?page=1").status == 200
        answer = call(url + "/needs")
        assert (answer.status, answer.message) == (400, "Missing required request parameters: [page]")


class TestFailingFunctions:
    @pytest.mark.parametrize("what", ["raise", "shape", "sleep", "large"])
    def test_a_function_that_fails(self, url: str, what: str) -> None:
        answer = call(f"{url}/open?what={what}")
        assert (answer.status, answer.json) == (502, {"message": "Internal server error"})

    def test_an_integration_that_takes_too_long(self, url: str) -> None:
        answer = call(f"{url}/slow?what=sleep")
        assert (answer.status, answer.json) == (504, {"message": "Endpoint request timed out"})

    def test_a_function_without_permission_for_api_gateway(self, url: str) -> None:
        answer = call(f"{url}/uninvited")
        assert (answer.status, answer.json) == (500, {"message": "Internal server error"})


def update(cloud: Cloud, changed: str) -> None:
    cloudformation = cloud.client("cloudformation")
    cloudformation.update_stack(
        StackName="rest",
        TemplateBody=changed,
        Parameters=[{"ParameterKey": "Title", "ParameterValue": "second"}],
        Capabilities=["CAPABILITY_IAM"],
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName="rest", WaiterConfig={"Delay": 1})


def test_a_changed_document_is_served_when_it_is_deployed(cloud: Cloud, url: str, administrator: Credentials) -> None:
    changed = TEMPLATE.replace("maximum: 1000", "maximum: 1").replace("/needs:", "/renamed:")
    two = json.dumps({"lines": [{"productId": "p", "quantity": 2}]}).encode()
    update(cloud, changed)
    assert api_url(cloud) == url
    assert call(url + "/signed", "POST", two, credentials=administrator).status == 200
    assert call(url + "/needs?page=1").status == 200
    assert call(url + "/renamed?page=1").status == 403

    update(
        cloud, changed.replace("  Deployment:\n", "  Deployment2:\n").replace("!Ref Deployment,", "!Ref Deployment2,")
    )
    assert api_url(cloud) == url
    assert "greater than the required maximum" in call(url + "/signed", "POST", two, credentials=administrator).message
    assert call(url + "/renamed?page=1").status == 200
    assert call(url + "/needs?page=1").status == 403
    assert len(cloud.client("apigateway").get_rest_apis()["items"]) == 1


class TestBrowsers:
    def test_options_is_answered_without_a_function_or_signature(self, url: str) -> None:
        answer = call(url + "/page", "OPTIONS")
        assert answer.status == 200
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["access-control-allow-headers"] == "Content-Type"
        assert "access-control-allow-credentials" not in answer.headers

    def test_options_of_a_path_without_it_is_refused(self, url: str) -> None:
        assert call(url + "/open", "OPTIONS").status == 403

    def test_another_content_type_is_refused_where_nothing_is_passed_through(self, url: str) -> None:
        assert call(url + "/page", "OPTIONS", b"x", headers={"Content-Type": "text/plain"}).status == 415

    def test_a_mock_without_a_status_code_is_500(self, url: str) -> None:
        assert call(url + "/mute", "OPTIONS").status == 500

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/page", 403),
            ("GET", "/nowhere", 403),
            ("GET", "/open?what=raise", 502),
            ("GET", "/slow?what=sleep", 504),
        ],
    )
    def test_errors_have_the_headers_of_their_gateway_response(
        self, url: str, method: str, path: str, status: int
    ) -> None:
        answer = call(url + path, method)
        assert (answer.status, answer.headers.get("access-control-allow-origin")) == (status, "https://shop.example")

    def test_a_response_that_is_customised_itself_inherits_no_headers(self, url: str) -> None:
        answer = call(url + "/open", "POST", b'{"n": 10}')
        assert (answer.status, answer.headers.get("access-control-allow-origin")) == (400, None)

    def test_an_undeclared_header_fails_the_stack(self, cloud: Cloud) -> None:
        undeclared = TEMPLATE.replace("Access-Control-Allow-Headers: { schema: { type: string } }", "X-A: {}")
        cloudformation = cloud.client("cloudformation")
        cloudformation.create_stack(StackName="undeclared", TemplateBody=undeclared, Capabilities=["CAPABILITY_IAM"])
        reasons = poll(
            lambda: [
                event.get("ResourceStatusReason", "")
                for event in cloudformation.describe_stack_events(StackName="undeclared")["StackEvents"]
                if event["ResourceStatus"] == "CREATE_FAILED"
            ],
            bool,
            30,
            "failed resource",
        )
        assert any("method.response.header.Access-Control-Allow-Headers" in reason for reason in reasons)
        cloudformation.delete_stack(StackName="undeclared")


def test_a_deployment_makes_the_stage_that_it_names(cloud: Cloud, url: str) -> None:
    gateway, api = cloud.client("apigateway"), url.split("/")[-2]
    assert call(url.replace("/prod", "/Stage") + "/open").status == 403
    gateway.create_deployment(restApiId=api, stageName="Stage")
    assert {stage["stageName"] for stage in gateway.get_stages(restApiId=api)["item"]} == {"prod", "Stage"}
    assert call(url.replace("/prod", "/Stage") + "/open").status == 200


def test_deployments_are_kept_by_a_restart(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        cloudformation = cloud.client("cloudformation")
        cloudformation.create_stack(StackName="rest", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
        cloudformation.get_waiter("stack_create_complete").wait(StackName="rest", WaiterConfig={"Delay": 1})
        url = api_url(cloud)
        update(cloud, TEMPLATE.replace("/needs:", "/renamed:"))
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        assert call(url + "/needs?page=1").status == 200
        assert call(url + "/renamed?page=1").status == 403


def test_each_request_is_measured_once_by_api_and_by_stage(cloud: Cloud, url: str) -> None:
    """The average of 5XXError is the error rate, as API Gateway documents it."""
    names = ("Count", "4XXError", "5XXError")

    def sums(**dimensions: str) -> list[float]:
        counted = [sum(measured(cloud, "AWS/ApiGateway", name, "Sum", **dimensions)) for name in names]
        samples = [sum(measured(cloud, "AWS/ApiGateway", name, "SampleCount", **dimensions)) for name in names]
        assert set(samples) == {counted[0]}
        return counted

    dimensions = ({"ApiName": "rest"}, {"ApiName": "rest", "Stage": "prod"})
    before = [sums(**each) for each in dimensions]
    for path in ("/open", "/nowhere", "/open?what=raise"):
        call(url + path)
    after = [sums(**each) for each in dimensions]
    assert [[new - old for new, old in zip(*each, strict=True)] for each in zip(after, before, strict=True)] == [
        [3, 1, 1],
        [3, 1, 1],
    ]
    assert max(measured(cloud, "AWS/ApiGateway", "Latency", "Maximum", ApiName="rest")) > 0

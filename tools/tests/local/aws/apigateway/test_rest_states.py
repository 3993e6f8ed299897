"""A REST API starts a state machine without a function between, as on AWS."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tools.local.aws.apigateway.service_integrations import problem_of
from tools.local.client import Cloud
from tools.tests.local.aws.apigateway.test_rest_tokens import Tokens, sign_up
from tools.tests.local.http import Answer, call
from tools.tests.local.stacks import Stack, deployed, template

LONG = {"seconds": 99_999_999}


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack]:
    with deployed(cloud, "rest-states", template("rest_states")) as made:
        yield made


@pytest.fixture(scope="module")
def ann(cloud: Cloud, stack: Stack) -> Tokens:
    return sign_up(cloud, stack.outputs()["Pool"])


def put(stack: Stack, user: Tokens | None, token: str, body: Any, **headers: str) -> Answer:
    url = f"{stack.cloud.endpoint}/_aws/execute-api/{stack.outputs()['Api']}/prod/things/{token}"
    sent = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return call(url, "PUT", sent, {**({"Authorization": user.id} if user else {}), **headers})


def execution(stack: Stack, name: str) -> dict[str, Any]:
    arn = stack.outputs()["Machine"].replace(":stateMachine:", ":execution:") + f":{name}"
    return dict(stack.cloud.client("stepfunctions").describe_execution(executionArn=arn))


def test_it_starts_an_execution_with_the_body_as_it_is(stack: Stack, ann: Tokens) -> None:
    body = {**LONG, "reason": 'it\'s "broken" \\ / ünïcødé 😀\n\ttab', "sub": "forged"}
    answer = put(stack, ann, "t-1", body)
    assert (answer.status, answer.json) == (202, {"id": f"{ann.sub}-t-1"})
    assert answer.headers["cache-control"] == "no-store"
    started = execution(stack, f"{ann.sub}-t-1")
    assert (started["status"], json.loads(started["input"])) == ("RUNNING", body)


def test_half_of_a_surrogate_pair_starts_an_execution(stack: Stack, ann: Tokens) -> None:
    body = rb'{"seconds": 99999999, "reason": "\ud83d"}'
    assert put(stack, ann, "t-half", body).status == 202
    assert json.loads(execution(stack, f"{ann.sub}-t-half")["input"]) == json.loads(body)


def test_the_same_request_again_and_another_one(stack: Stack, ann: Tokens) -> None:
    for body in (LONG, LONG, {**LONG, "reason": "other"}):
        answer = put(stack, ann, "t-2", body)
        assert (answer.status, answer.json) == (202, {"id": f"{ann.sub}-t-2"})
    assert json.loads(execution(stack, f"{ann.sub}-t-2")["input"]) == LONG, "the first content stands"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("body", [json.dumps(LONG).encode(), b"not JSON", b'{"seconds": "x"}'])
def test_another_content_type_is_a_415(stack: Stack, ann: Tokens, kind: str, body: bytes) -> None:
    answer = put(stack, ann, "t-3", body, **{"content-type": kind})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (415, "*")


@pytest.mark.parametrize("body", [b"", b"{", {}, {"seconds": "1"}, {**LONG, "reason": "x" * 101}, []])
def test_the_document_validates_the_body(stack: Stack, ann: Tokens, body: Any) -> None:
    assert put(stack, ann, "t-4", body).status == 400


def test_a_caller_without_a_token_starts_nothing(stack: Stack) -> None:
    assert put(stack, None, "t-5", LONG).status == 401


def test_what_step_functions_refuses_is_mapped(stack: Stack, ann: Tokens) -> None:
    answer = put(stack, ann, "x" * 60, LONG)
    assert (answer.status, answer.json["message"]) == (400, "refused")
    assert answer.json["requestId"]


@pytest.mark.parametrize(
    ("changed", "status"), [({"Right": "states:ListExecutions"}, 400), ({"Trusted": "lambda.amazonaws.com"}, 500)]
)
def test_the_role_of_the_integration_is_enforced(cloud: Cloud, changed: dict[str, str], status: int) -> None:
    with deployed(cloud, "rest-states-refused", template("rest_states"), **changed) as refused:
        bob = sign_up(cloud, refused.outputs()["Pool"])
        answer = put(refused, bob, "t", LONG)
        assert answer.status == status, answer.body
        client = cloud.client("stepfunctions")
        assert client.list_executions(stateMachineArn=refused.outputs()["Machine"])["executions"] == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("credentials: !GetAtt Caller.Arn", "timeoutInMillis: 1000", "Role ARN must be specified for AWS integrations"),
        ("action/StartExecution", "action/StartSyncExecution", "states:action/StartSyncExecution is not served here"),
        ('default: { statusCode: "500" }', 'default: { statusCode: "503" }', "an invalid method response: 503"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused(cloud: Cloud, old: str, new: str, reason: str) -> None:
    body = template("rest_states")
    assert old in body
    wrong = Stack(cloud, "rest-states-wrong")
    try:
        assert wrong.deploy(body.replace(old, new)) == "ROLLBACK_COMPLETE"
        assert any(reason in why for _, _, why in wrong.reasons()), wrong.reasons()
    finally:
        wrong.delete()


def test_other_integrations_are_not_looked_at() -> None:
    function = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:::function:f/invocations"
    assert problem_of({"type": "AWS", "uri": function}) == ""
    assert problem_of({"type": "MOCK"}) == ""

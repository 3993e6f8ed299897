"""Users of a pool call a REST API as on AWS.

*Integrate a REST API with an Amazon Cognito user pool*: a method without scopes takes ID tokens, else access tokens.
"""

import base64
import json
import re
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tools.local.aws.apigateway import security
from tools.local.aws.apigateway.engine_authorizers import as_strings
from tools.local.client import Cloud
from tools.tests.local.http import Answer, call
from tools.tests.local.stacks import Stack, template

PASSWORD = "Correct-horse-9"


@dataclass(frozen=True)
class Tokens:
    sub: str
    id: str
    access: str


def sign_up(cloud: Cloud, pool: str, *groups: str) -> Tokens:
    idp, name = cloud.client("cognito-idp"), f"ann-{uuid4().hex}"
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName=name, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    made = idp.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")["User"]
    idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)
    for group in groups:
        idp.create_group(UserPoolId=pool, GroupName=group)
        idp.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
    signed_in = idp.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD}
    )["AuthenticationResult"]
    sub = next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub")
    return Tokens(sub, signed_in["IdToken"], signed_in["AccessToken"])


@pytest.fixture(scope="module")
def ann(cloud: Cloud, callers: Stack) -> Tokens:
    return sign_up(cloud, callers.outputs()["Pool"], "admin", "warehouse")


def own(url: str, token: str | None) -> Answer:
    return call(f"{url}/own", "POST", headers={} if token is None else {"Authorization": token})


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def forged(token: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """The token with other claims, signed by a key that is not the pool's."""
    first, second, _ = token.split(".")
    text = f"{encoded({**decoded(first), **(header or {})})}.{encoded({**decoded(second), **claims})}"
    key = rsa.generate_private_key(65537, 2048)
    return f"{text}.{encoded(key.sign(text.encode(), PKCS1v15(), SHA256()))}"


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer "])
def test_an_id_token_opens_the_method_and_its_claims_are_strings(url: str, ann: Tokens, prefix: str) -> None:
    answer = own(url, prefix + ann.id)
    assert answer.status == 200, answer.body
    claims = answer.json["authorizer"]["claims"]
    assert (claims["sub"], claims["token_use"]) == (ann.sub, "id")
    assert sorted(claims["cognito:groups"].split(",")) == ["admin", "warehouse"]
    assert all(isinstance(value, str) for value in claims.values())
    assert re.fullmatch(r"\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}", claims["exp"])


def refused(answer: Answer, message: str = "Unauthorized") -> None:
    assert (answer.status, answer.json) == (401, {"message": message})
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


@pytest.mark.parametrize("token", [None, "", "Bearer ", "nonsense", "a.b.c", "Basic YTpi", "e30.e30.e30"])
def test_what_is_no_token_is_unauthorized(url: str, token: str | None) -> None:
    refused(own(url, token))


def test_a_token_is_of_the_right_kind_pool_and_signer(url: str, cloud: Cloud, callers: Stack, ann: Tokens) -> None:
    refused(own(url, ann.access))
    refused(own(url, sign_up(cloud, callers.outputs()["OtherPool"]).id))
    refused(own(url, forged(ann.id)))
    refused(own(url, forged(ann.id, sub="somebody")))
    refused(own(url, forged(ann.id, {"alg": "none"}).rsplit(".", 1)[0] + "."))
    first, _, signature = ann.id.split(".")
    refused(own(url, f"{first}.{encoded({**decoded(ann.id.split('.')[1]), 'sub': 'another'})}.{signature}"))


def test_an_expired_token_has_a_text_of_its_own(url: str, ann: Tokens) -> None:
    refused(own(url, forged(ann.id, exp=int(time.time()) - 1)), "The incoming token has expired")


def test_a_signature_is_no_token(url: str, cloud: Cloud) -> None:
    administrator = Credentials(cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_SECRET_ACCESS_KEY"])
    refused(call(f"{url}/own", "POST", credentials=administrator))


def test_a_method_with_scopes_takes_access_tokens_that_have_one(url: str, ann: Tokens) -> None:
    def get(path: str, token: str) -> Answer:
        return call(url + path, headers={"Authorization": token})

    assert get("/scoped", ann.access).status == 200
    refused(get("/scoped", ann.id))
    refused(get("/other-scope", ann.access))


def test_a_browser_asks_without_a_token(url: str) -> None:
    answer = call(f"{url}/own", "OPTIONS")
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, "https://shop.example")


def test_claims_of_other_types() -> None:
    claims = {
        "email_verified": True,
        "auth_time": 1680629979,
        "exp": 1680633579,
        "address": {"city": "Graz"},
        "x": None,
    }
    assert as_strings(claims) == {
        "email_verified": "true",
        "auth_time": "1680629979",
        "exp": "Tue Apr 04 18:39:39 UTC 2023",
        "address": '{"city":"Graz"}',
    }


POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A"
USERS = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    "x-amazon-apigateway-authtype": "cognito_user_pools",
    "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [POOL]},
}
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
KEY = {"type": "apiKey", "name": "x-api-key", "in": "header"}


def document(*requirements: dict[str, list[str]], **more: Any) -> dict[str, Any]:
    schemes = {"users": USERS, "sigv4": SIGV4, "key": KEY, "bearer": {"type": "http", "scheme": "bearer"}}
    schemes["nobody"] = {**USERS, "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools"}}
    schemes["plain"] = {**USERS, "x-amazon-apigateway-authtype": "custom"}
    schemes["query"] = {**KEY, "in": "query"}
    return {
        "paths": {"/p": {"get": {"security": list(requirements)}}},
        "components": {"securitySchemes": schemes},
        **more,
    }


@pytest.mark.parametrize("requirement", [{"users": []}, {"sigv4": []}, {"key": []}, {"users": [], "key": []}, {}])
def test_schemes_of_api_gateway_are_imported(requirement: dict[str, list[str]]) -> None:
    security.check(document(requirement), {POOL})


@pytest.mark.parametrize("name", ["bearer", "undefined", "nobody", "plain", "query"])
def test_a_scheme_that_would_leave_the_method_open_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        security.check(document({name: []}), {POOL})
    with pytest.raises(ValueError, match=name):
        security.check({**document(), "paths": {"/p": {"get": {}}}, "security": [{name: []}]}, {POOL})


def test_an_unknown_pool_a_second_authorizer_and_another_source_of_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="user pool"):
        security.check(document({"users": []}), set())
    with pytest.raises(ValueError, match="one authorizer"):
        security.check(document({"users": [], "sigv4": []}), {POOL})
    with pytest.raises(ValueError, match="api-key-source"):
        security.check(document(**{security.KEY_SOURCE: "AUTHORIZER"}), {POOL})


def test_a_stack_with_such_a_scheme_fails(cloud: Cloud) -> None:
    changed = template("rest_callers").replace("type: cognito_user_pools\n", "type: misspelt\n")
    stack = Stack(cloud, "misspelt")
    assert stack.deploy(changed) == "ROLLBACK_COMPLETE"
    assert any("the method would be open" in reason for _, _, reason in stack.reasons())
    stack.delete()

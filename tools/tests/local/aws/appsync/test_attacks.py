"""Attacks over the wire, against the pool and the IAM of a running cloud: forged identities get nothing."""

import base64
import json
import uuid

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tools.tests.local.aws.appsync.fakes import encode, token
from tools.tests.local.aws.appsync.shop import Shop
from tools.tests.local.http import Answer, call

QUERY = "{ mine { name } }"
BODY = json.dumps({"query": QUERY}).encode()


def claims_of(text: str) -> dict[str, object]:
    part = text.split(".")[1]
    content: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


def key_id_of(text: str) -> str:
    part = text.split(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))["kid"])


def assert_unauthorized(answer: Answer) -> None:
    assert answer.status == 401
    assert answer.json["errors"][0]["errorType"] == "UnauthorizedException"
    assert "data" not in answer.json


def test_forged_tokens(shop: Shop) -> None:
    true = shop.user("admin")
    assert shop.ask(QUERY, token=true.id).json["data"]["mine"] == {"name": "mine"}
    for text in (true.id, true.access):
        header, _, signature = text.split(".")
        promoted = encode({**claims_of(text), "cognito:groups": ["admin", "root"]})
        unsigned = encode({"alg": "none", "kid": key_id_of(text)})
        assert_unauthorized(shop.ask(QUERY, token=f"{header}.{promoted}.{signature}"))
        assert_unauthorized(shop.ask(QUERY, token=f"{unsigned}.{text.split('.')[1]}."))
        assert_unauthorized(shop.ask(QUERY, token=token(claims_of(text), "mallory", {"kid": key_id_of(text)})))
    assert_unauthorized(shop.ask(QUERY, token="garbage"))


def test_another_pool_and_another_client(shop: Shop) -> None:
    cognito = shop.cloud.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=f"foreign-{uuid.uuid4().hex[:8]}")["UserPool"]["Id"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
    foreign = shop.user(pool=pool, client=client["UserPoolClient"]["ClientId"])
    assert_unauthorized(shop.ask(QUERY, token=foreign.id))
    assert_unauthorized(shop.ask(QUERY, token=foreign.access))


def test_a_new_client_counts_at_once_and_a_deleted_one_no_longer(shop: Shop) -> None:
    cognito, pool = shop.cloud.client("cognito-idp"), shop.out["PoolId"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="own", ExplicitAuthFlows=flows)
    client = made["UserPoolClient"]["ClientId"]
    tokens = shop.user(client=client)
    assert shop.ask(QUERY, token=tokens.access).status == 200
    cognito.delete_user_pool_client(UserPoolId=pool, ClientId=client)
    assert_unauthorized(shop.ask(QUERY, token=tokens.access))
    assert_unauthorized(shop.ask(QUERY, token=tokens.id))


def test_keys(shop: Shop) -> None:
    appsync, api_id = shop.cloud.client("appsync"), shop.out["ApiId"]
    assert shop.key.startswith("da2-")
    assert len(shop.key) == 30
    fresh = appsync.create_api_key(apiId=api_id)["apiKey"]["id"]
    assert shop.ask("{ open { name } }", key=fresh).status == 200
    appsync.delete_api_key(apiId=api_id, id=fresh)
    assert_unauthorized(shop.ask("{ open { name } }", key=fresh))


@pytest.mark.parametrize(("key", "secret"), [("test", "test"), ("000000000000", "x"), ("AKIAIOSFODNN7EXAMPLE", "x")])
def test_unknown_keys(shop: Shop, key: str, secret: str) -> None:
    answer = shop.ask("{ machine { name } }", signed=Credentials(key, secret))
    assert answer.status == 403
    assert "data" not in answer.json


def test_invalid_signatures(shop: Shop) -> None:
    machine = shop.principal("Query/fields/machine")
    wrong = Credentials(machine.access_key, "not the secret")
    assert shop.ask("{ machine { name } }", signed=wrong).json["errors"][0]["errorType"] == "BadRequestException"
    body = json.dumps({"query": "{ machine { name } }"}).encode()
    for service in ("execute-api", "lambda"):
        assert call(shop.url, "POST", body, credentials=machine, service=service).status == 403
    unsigned = {"authorization": "AWS4-HMAC-SHA256 Credential=x"}
    assert shop.post(body, unsigned).status in (400, 403)


def test_a_signed_request_cannot_be_sent_with_another_body(shop: Shop) -> None:
    signed = AWSRequest("POST", shop.url, data=BODY, headers={"content-type": "application/json"})
    SigV4Auth(shop.principal("Query/fields/machine"), "appsync", "us-east-1").add_auth(signed)
    other = json.dumps({"query": "{ machine { name } }"}).encode()
    assert call(shop.url, "POST", other, dict(signed.headers)).status == 400


def test_the_engines_data_plane_is_not_reachable(shop: Shop) -> None:
    """The engine's own data plane accepts any token, so no request may reach it."""
    forged = {"authorization": "Bearer anything", "x-api-key": shop.key}
    body = json.dumps({"query": "{ staff { name secret } }"}).encode()
    api_id, base = shop.out["ApiId"], shop.cloud.endpoint
    doors = {
        f"{base}/graphql": {"host": f"{api_id}.appsync-api.us-east-1.amazonaws.com"},
        f"{base}/graphql/": {"host": f"{api_id}.appsync-api.us-east-1.amazonaws.com"},
        f"{base}/v1/apis/{api_id}/graphql/": {},
        f"{base}/v1/apis/{api_id}/x/graphql": {},
        f"{base}//v1/apis/{api_id}/graphql": {},
    }
    for url, headers in [*doors.items(), (f"{base}/graphql", {})]:
        answer = call(url, "POST", body, {**forged, **headers})
        assert b'"secret"' not in answer.body.replace(b"secret on type", b""), url
        assert b'"name": "staff"' not in answer.body, url


def test_large_bodies_and_wrong_methods(shop: Shop) -> None:
    assert call(shop.url, "POST", b"x" * 1_000_001, {"x-api-key": shop.key}).status == 413
    assert call(shop.url, "GET", None, {"x-api-key": shop.key}).status == 400
    preflight = call(shop.url, "OPTIONS", None, {"access-control-request-headers": "authorization"})
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == "authorization"

"""A token is valid only when its pool signed it, at this time, for one of its clients. Every forgery is refused."""

import hashlib
import hmac
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tools.local.aws.appsync.authentication import Caller, authenticate
from tools.local.aws.appsync.errors import RequestRefused
from tools.local.aws.appsync.model import Mode, Provider, UserPool
from tools.tests.local.aws.appsync.fakes import (
    CLIENT,
    KEY,
    KID,
    NOW,
    OTHER_POOL,
    POOL,
    api,
    claims,
    cloud,
    encode,
    private_key,
    request,
    token,
)

SCHEMA = "type Query { a: Int }"


def authenticated(text: str, **more: Any) -> Caller:
    return authenticate(request({"authorization": text}), api(SCHEMA, **more), cloud(), lambda: NOW)


def refusal(text: str, **more: Any) -> str:
    with pytest.raises(RequestRefused) as caught:
        authenticated(text, **more)
    assert (caught.value.status, caught.value.error_type) == (401, "UnauthorizedException")
    return caught.value.message


def hmac_with_the_public_key() -> str:
    """The classic confusion: HMAC with the public key as its secret."""
    public = private_key("pool").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{encode({'alg': 'HS256', 'kid': KID})}.{encode(claims())}"
    return f"{text}.{encode(hmac.new(public, text.encode(), hashlib.sha256).digest())}"


def other_claims_under_a_true_signature() -> str:
    header, _, signature = token(claims()).split(".")
    return f"{header}.{encode(claims(sub='somebody-else'))}.{signature}"


FORGED = {
    "alg none": f"{encode({'alg': 'none', 'kid': KID})}.{encode(claims())}.",
    "alg none with a true signature": token(claims(), header={"alg": "none"}),
    "HMAC": hmac_with_the_public_key(),
    "another key": token(claims(), key="mallory"),
    "an unknown key id": token(claims(), header={"kid": "kid-2"}),
    "no key id": token(claims(), header={"kid": None}),
    "other claims": other_claims_under_a_true_signature(),
    "no signature": token(claims()).rpartition(".")[0] + ".",
    "another pool": token(claims(iss=OTHER_POOL.issuer)),
    "no issuer": token(claims(iss=None)),
    "an issuer that only starts right": token(claims(iss=POOL.issuer + "x")),
    "a foreign client": token(claims(client_id="foreign")),
    "no client": token(claims(client_id=None)),
    "an access token with an ID token's client": token(claims(client_id=None, aud=CLIENT)),
    "an ID token with an access token's client": token(claims(token_use="id")),
    "a list of audiences": token(claims(token_use="id", client_id=None, aud=[CLIENT])),
    "a refresh token": token(claims(token_use="refresh")),
    "no use": token(claims(token_use=None)),
    "not yet": token(claims(nbf=NOW + 60)),
    "no expiry": token(claims(exp=None)),
    "an expiry that is text": token(claims(exp="9999999999")),
    "an endless expiry": token(claims(exp=float("inf"))),
    "a critical extension": token(claims(), header={"crit": ["b64"]}),
    "nobody": token(claims(sub=None)),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged(name: str) -> None:
    assert refusal(FORGED[name]) == "You are not authorized to make this call."


def test_expired() -> None:
    assert refusal(token(claims(exp=NOW))) == "Token has expired."
    assert refusal(token(claims(exp=NOW - 1))) == "Token has expired."


def test_an_expired_forgery_is_refused_as_a_forgery() -> None:
    assert refusal(token(claims(exp=NOW - 1), key="mallory")) == "You are not authorized to make this call."


@pytest.mark.parametrize("text", ["garbage", "a.b.c", "..", "a.b", f"{encode([])}.{encode({})}.x", "x" * 20_000])
def test_not_a_token(text: str) -> None:
    assert refusal(text) == "Unable to parse JWT token."


@pytest.mark.parametrize("prefix", ["", "Bearer ", "bearer  "])
@pytest.mark.parametrize("body", [claims(), claims(token_use="id", client_id=None, aud=CLIENT)], ids=["access", "id"])
def test_valid_tokens(prefix: str, body: dict[str, Any]) -> None:
    caller = authenticated(prefix + token({**body, "cognito:groups": ["admin"]}))
    assert caller.mode is Mode.USER_POOL
    assert caller.groups == {"admin"}
    assert caller.identity == {
        "claims": {**body, "cognito:groups": ["admin"]},
        "defaultAuthStrategy": "ALLOW",
        "groups": ["admin"],
        "issuer": POOL.issuer,
        "sourceIp": ["127.0.0.1"],
        "sub": "user-1",
        "username": "ann",
    }


def test_the_pattern_of_clients_must_match_completely() -> None:
    def of(pattern: str) -> tuple[Provider, ...]:
        return (Provider(Mode.USER_POOL, UserPool(POOL.pool_id, POOL.region, pattern)),)

    assert authenticated(token(claims()), extra=of("store.*")).mode is Mode.USER_POOL
    refusal(token(claims()), extra=of("store"))
    refusal(token(claims()), extra=of("desk|back"))


def test_a_token_is_refused_by_an_api_without_a_pool() -> None:
    assert refusal(token(claims()), extra=()) == "Valid authorization header not provided."


def test_the_second_of_two_pools() -> None:
    extra = (Provider(Mode.USER_POOL, OTHER_POOL), Provider(Mode.USER_POOL, POOL))
    assert authenticated(token(claims()), default=KEY, extra=extra).mode is Mode.USER_POOL
    # There are no keys of the other pool, so its tokens are refused.
    refusal(token(claims(iss=OTHER_POOL.issuer)), extra=extra)

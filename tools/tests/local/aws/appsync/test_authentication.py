"""The mode that a request is authenticated with."""

from collections.abc import Mapping

import pytest

from tools.local.aws.appsync.authentication import Caller, authenticate
from tools.local.aws.appsync.errors import RequestRefused
from tools.local.aws.appsync.model import Mode
from tools.tests.local.aws.appsync.fakes import IAM, KEY, NOW, USER, FakeSigner, api, claims, cloud, request, token

SCHEMA = "type Query { a: Int }"
SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20270115/us-east-1/appsync/aws4_request, SignedHeaders=host, Signature=0"
TOKEN = token(claims())


def authenticated(headers: Mapping[str, str], *modes: object) -> Caller:
    default, *extra = modes or (KEY, USER, IAM)
    of = api(SCHEMA, default=default, extra=tuple(extra))  # type: ignore[arg-type]  # any providers, as a list
    fake = cloud(signed_by=FakeSigner(frozenset()))
    return authenticate(request(headers), of, fake, lambda: NOW)


def refusal(headers: Mapping[str, str], *modes: object) -> tuple[int, str]:
    with pytest.raises(RequestRefused) as caught:
        authenticated(headers, *modes)
    assert caught.value.error_type == "UnauthorizedException"
    return caught.value.status, caught.value.message


MISSING = (401, "Valid authorization header not provided.")
DENIED = (401, "You are not authorized to make this call.")


def test_each_mode_by_its_header() -> None:
    assert authenticated({"x-api-key": "da2-good"}).mode is Mode.API_KEY
    assert authenticated({"authorization": TOKEN}).mode is Mode.USER_POOL
    assert authenticated({"authorization": SIGNED}).mode is Mode.IAM


def test_a_request_without_credentials() -> None:
    assert refusal({}) == MISSING
    assert refusal({"authorization": "  "}) == MISSING


@pytest.mark.parametrize("key", ["da2-old", "da2-unknown"])
def test_an_invalid_key(key: str) -> None:
    assert refusal({"x-api-key": key}) == DENIED


def test_a_key_has_precedence_over_a_token() -> None:
    assert authenticated({"x-api-key": "da2-good", "authorization": TOKEN}).mode is Mode.API_KEY
    assert refusal({"x-api-key": "da2-old", "authorization": TOKEN}) == DENIED


def test_a_key_is_refused_by_an_api_without_keys() -> None:
    assert authenticated({"x-api-key": "da2-good", "authorization": TOKEN}, USER).mode is Mode.USER_POOL
    assert refusal({"x-api-key": "da2-good"}, USER) == DENIED


def test_modes_that_the_api_does_not_have() -> None:
    assert refusal({"authorization": SIGNED}, KEY, USER) == MISSING
    assert refusal({"authorization": TOKEN}, KEY, IAM) == MISSING


def test_an_invalid_signature() -> None:
    with pytest.raises(RequestRefused) as caught:
        authenticate(request({"authorization": SIGNED}), api(SCHEMA), cloud(), lambda: NOW)
    assert (caught.value.status, caught.value.error_type) == (403, "UnrecognizedClientException")

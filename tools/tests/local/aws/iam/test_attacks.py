"""Only principals of the cloud's own IAM and STS are accepted, by every protocol and path."""

import hashlib
import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tools.local.client import Cloud


@dataclass(frozen=True)
class Door:
    """A call that the administrator may make."""

    service: str
    method: str
    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def json_call(service: str, target: str, body: object, version: str = "1.1") -> Door:
    headers = {"x-amz-target": target, "content-type": f"application/x-amz-json-{version}"}
    return Door(service, "POST", "/", json.dumps(body).encode(), headers)


FORM = {"content-type": "application/x-www-form-urlencoded"}
DOORS = {
    "ssm": json_call("ssm", "AmazonSSM.DescribeParameters", {}),
    "dynamodb": json_call("dynamodb", "DynamoDB_20120810.ListTables", {}, "1.0"),
    "lambda": Door("lambda", "GET", "/2015-03-31/functions/"),
    "s3": Door("s3", "GET", "/"),
    "iam": Door("iam", "POST", "/", b"Action=ListUsers&Version=2010-05-08", FORM),
    "iam-create": Door("iam", "POST", "/", b"Action=CreateUser&UserName=eve&Version=2010-05-08", FORM),
    "sts": Door("sts", "POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", FORM),
    "sts-session": Door("sts", "POST", "/", b"Action=GetSessionToken&Version=2011-06-15", FORM),
    "events": json_call("events", "AWSEvents.ListEventBuses", {}),
    "cognito": json_call("cognito-idp", "AWSCognitoIdentityProviderService.ListUserPools", {"MaxResults": 1}),
    "cloudformation": Door("cloudformation", "POST", "/", b"Action=ListStacks&Version=2010-05-15", FORM),
    "secrets": json_call("secretsmanager", "secretsmanager.ListSecrets", {}),
    "sqs": json_call("sqs", "AmazonSQS.ListQueues", {}, "1.0"),
    "apigateway": Door("apigateway", "GET", "/restapis"),
    "appsync": Door("appsync", "GET", "/v1/apis"),
    "logs": json_call("logs", "Logs_20140328.DescribeLogGroups", {}),
    "kms": json_call("kms", "TrentService.ListKeys", {}),
}


def signed(cloud: Cloud, door: Door, credentials: Credentials, at: datetime | None = None) -> dict[str, str]:
    request = AWSRequest(door.method, cloud.endpoint + door.path, data=door.body, headers=dict(door.headers))
    if door.service == "s3":
        request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
    signer: Any = SigV4Auth(credentials, door.service, "us-east-1")
    request.context["timestamp"] = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
    return dict(request.headers)


def send(cloud: Cloud, door: Door, headers: Mapping[str, str], body: bytes | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc, timeout=20)
    try:
        content = door.body if body is None else body
        connection.request(door.method, door.path, content, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def administrator(cloud: Cloud) -> Credentials:
    return Credentials(cloud.environment["AWS_ACCESS_KEY_ID"], cloud.environment["AWS_SECRET_ACCESS_KEY"])


@pytest.fixture(params=DOORS, ids=str)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


REFUSAL = re.compile(
    b"Missing|InvalidClient|InvalidToken|InvalidAccessKey|SignatureDoesNotMatch|InvalidSignature|AccessDenied"
    b"|Unrecognized|Incomplete|RequestTimeTooSkewed|Signature expired|security token|AuthorizationHeaderMalformed"
    b"|not authorized|mechanism you have provided is not supported"
)


def assert_refused(answer: tuple[int, bytes]) -> None:
    status, body = answer
    assert status in (400, 401, 403), body
    assert REFUSAL.search(body), f"refused for another reason: {body!r}"


FORGED = {
    "test": Credentials("test", "test"),
    "twelve-digits": Credentials("000000000000", "test"),
    "other-digits": Credentials("123456789012", "whatever"),
    "empty-secret": Credentials("test", ""),
    "unknown-key": Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"),
    "invented-session": Credentials("ASIAIOSFODNN7EXAMPLE", "secret", "token"),
}


@pytest.mark.parametrize("name", [name for name in DOORS if name != "iam-create"])  # which has an effect
def test_the_administrator_is_accepted(cloud: Cloud, name: str) -> None:
    door = DOORS[name]
    status, body = send(cloud, door, signed(cloud, door, administrator(cloud)))
    assert status == 200, body


@pytest.mark.parametrize("forged", FORGED)
def test_forged_keys_are_refused(cloud: Cloud, door: Door, forged: str) -> None:
    assert_refused(send(cloud, door, signed(cloud, door, FORGED[forged])))


def test_unsigned_is_refused(cloud: Cloud, door: Door) -> None:
    assert_refused(send(cloud, door, door.headers))


def test_wrong_secret_is_refused(cloud: Cloud, door: Door) -> None:
    forged = Credentials(administrator(cloud).access_key, "not-the-secret")
    assert_refused(send(cloud, door, signed(cloud, door, forged)))


def test_an_invented_session_token_is_refused(cloud: Cloud, door: Door) -> None:
    real = administrator(cloud)
    forged = Credentials(real.access_key, real.secret_key, "invented")
    assert_refused(send(cloud, door, signed(cloud, door, forged)))


def test_a_stale_signature_is_refused(cloud: Cloud, door: Door) -> None:
    before = datetime.now(UTC) - timedelta(hours=1)
    assert_refused(send(cloud, door, signed(cloud, door, administrator(cloud), before)))


def test_a_broken_signature_is_refused(cloud: Cloud, door: Door) -> None:
    headers = signed(cloud, door, administrator(cloud))
    kept, _, signature = headers["Authorization"].rpartition("Signature=")
    headers["Authorization"] = f"{kept}Signature={'0' * len(signature)}"
    assert_refused(send(cloud, door, headers))


@pytest.mark.parametrize(
    "scheme", ["Bearer abc", "AWS test:abc", "AWS4-HMAC-SHA256 Credential=test", "Basic dGVzdDp0ZXN0"]
)
def test_other_schemes_are_refused(cloud: Cloud, door: Door, scheme: str) -> None:
    assert_refused(send(cloud, door, {**door.headers, "Authorization": scheme}))


def test_another_body_with_a_valid_signature_is_refused(cloud: Cloud) -> None:
    door = json_call("ssm", "AmazonSSM.DescribeParameters", {"MaxResults": 1})
    headers = signed(cloud, door, administrator(cloud))
    assert_refused(send(cloud, door, headers, b'{"MaxResults": 2}'))


def test_another_body_with_its_signed_hash_kept_is_refused(cloud: Cloud) -> None:
    plain = json_call("ssm", "AmazonSSM.DescribeParameters", {"MaxResults": 1})
    declared = {**plain.headers, "x-amz-content-sha256": hashlib.sha256(plain.body).hexdigest()}
    door = Door(plain.service, plain.method, plain.path, plain.body, declared)
    headers = signed(cloud, door, administrator(cloud))
    assert send(cloud, door, headers)[0] == 200
    assert_refused(send(cloud, door, headers, b'{"MaxResults": 2}'))


@pytest.mark.parametrize(
    "query", ["AWSAccessKeyId=test&Signature=x", "X-Amz-Credential=test/20260101/us-east-1/s3/aws4_request"]
)
def test_keys_in_the_query_are_refused(cloud: Cloud, query: str) -> None:
    door = DOORS["s3"]
    bare = Door(door.service, door.method, f"/bucket/key?{query}")
    assert_refused(send(cloud, bare, {}))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/_ministack/reset"),
        ("POST", "/_ministack/config"),
        ("GET", "/_ministack/health"),
        ("GET", "/_ministack/sqs/messages"),
        ("GET", "/_ministack/ses/messages"),
        ("GET", "/_ministack/lambda-code/any"),
        ("POST", "/_ministack/rds/iam-auth"),
        ("GET", "/_localstack/health"),
    ],
)
def test_the_engine_has_no_open_administration(cloud: Cloud, method: str, path: str) -> None:
    for real in (path, path.upper(), "/" + path, path.replace("/_", "/%5F")):
        status, body = send(cloud, Door("s3", method, real), {})
        assert status in (400, 403, 404, 405), body
        assert b"services" not in body


def test_a_deactivated_key_is_refused(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="leaver")
    key = iam.create_access_key(UserName="leaver")["AccessKey"]
    iam.attach_user_policy(UserName="leaver", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    session = cloud.session(key["AccessKeyId"], key["SecretAccessKey"])
    cloud.client("ssm", session).describe_parameters()
    iam.update_access_key(UserName="leaver", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    leaver = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    assert_refused(send(cloud, DOORS["ssm"], signed(cloud, DOORS["ssm"], leaver)))


def test_a_user_without_policies_may_do_nothing(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    nobody = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    for name, door in DOORS.items():
        if not name.startswith("sts"):
            assert_refused(send(cloud, door, signed(cloud, door, nobody)))


@pytest.mark.parametrize("path", ["/v2/", "/v2/_catalog", "/v2/images/tags/list", "/v2/images/manifests/latest"])
def test_there_is_no_image_registry(cloud: Cloud, path: str) -> None:
    assert_refused(send(cloud, Door("ecr", "GET", path), {}))

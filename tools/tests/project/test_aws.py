"""Errors of the SDK are one readable line, and the local cloud never leads to an AWS account."""

from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.project.aws import Target, readable, target
from tools.project.environments import Environment
from tools.project.problems import Problem

LOCAL = Environment("local", "local", "us-east-1")
DEV = Environment("dev", "aws", "eu-west-1")


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ExpiredToken", "the AWS credentials for ENVIRONMENT=dev have expired; sign in again"),
        ("InvalidClientTokenId", "are not accepted"),
        ("AccessDenied", "CreateStack was refused: AccessDenied: not you"),
    ],
)
def test_a_refusal_is_one_line(code: str, message: str) -> None:
    with pytest.raises(Problem, match=message) as caught, readable(DEV):
        raise ClientError({"Error": {"Code": code, "Message": "not\n  you"}}, "CreateStack")
    assert "\n" not in str(caught.value)


def test_a_cloud_that_does_not_answer_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECOM_LOCAL_DIR", "/elsewhere")
    session = boto3.Session("a", "b", region_name="us-east-1")
    place = Target(LOCAL, session, "http://127.0.0.1:9")
    with (
        pytest.raises(Problem, match=r"http://127\.0\.0\.1:9.* does not answer; see /elsewhere/cloud\.log"),
        readable(LOCAL),
    ):
        _ = place.account


def test_wrong_keys_of_the_local_cloud_are_one_line(cloud: Cloud) -> None:
    place = Target(LOCAL, boto3.Session("AKIAIOSFODNN7EXAMPLE", "wrong", region_name="us-east-1"), cloud.endpoint)
    with pytest.raises(Problem, match="credentials for ENVIRONMENT=local are not accepted"), readable(LOCAL):
        _ = place.account


def test_local_uses_its_own_keys_whatever_the_users_are(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-users")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://example.invalid")
    place = target(LOCAL, {"ECOM_LOCAL_DIR": str(cloud.home.folder)})
    assert place.endpoint == cloud.endpoint
    assert place.account == cloud.account


def test_local_never_falls_back(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="the local cloud is not running: `make up`"):
        target(LOCAL, {"ECOM_LOCAL_DIR": str(tmp_path), "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"})

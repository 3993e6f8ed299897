"""The artifact bucket on AWS: only over TLS, and changed by several deployments at once.

No object is stored here: moto ignores the condition of the policy, and refuses every request.
"""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tools.deploy.bucket import ATTEMPTS, Bucket
from tools.project.aws import Target
from tools.project.environments import Environment

DEV = Environment("dev", "aws", "eu-west-1")
NAME = "ecommerce-dev-artifacts-123456789012"


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield Target(DEV, boto3.Session(region_name="eu-west-1"))


def test_requests_without_tls_are_refused(target: Target) -> None:
    Bucket(target).ensure()
    (statement,) = json.loads(target.s3.get_bucket_policy(Bucket=NAME)["Policy"])["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:s3:::{NAME}", f"arn:aws:s3:::{NAME}/*"]


def test_old_versions_end_and_artifacts_stay(target: Target) -> None:
    Bucket(target).ensure()
    (rule,) = target.s3.get_bucket_lifecycle_configuration(Bucket=NAME)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert "Expiration" not in rule


class Busy:
    """A client of S3 that refuses each change of the bucket some times, as while another one is in progress."""

    def __init__(self, s3: Any, times: int) -> None:
        self._s3, self._times = s3, times
        self.refused: dict[str, int] = {}

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._s3, name)
        if not name.startswith(("put_bucket", "put_public", "create_bucket")):
            return operation

        def call(**given: Any) -> Any:
            if name == "create_bucket":
                operation(**given)  # by the other service
            if self.refused.get(name, 0) < self._times:
                self.refused[name] = self.refused.get(name, 0) + 1
                raise ClientError({"Error": {"Code": "OperationAborted", "Message": "conflict"}}, name)
            return operation(**given)

        return call


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("tools.deploy.bucket.time.sleep", waited.append)
    return waited


def busy(target: Target, times: int) -> Busy:
    client = Busy(target.s3, times)
    vars(target)["s3"] = client
    return client


def test_a_bucket_that_others_change_is_changed_after_them(target: Target, pauses: list[float]) -> None:
    client = busy(target, 1)
    Bucket(target).ensure()
    assert len(client.refused) == 6, "creation, encryption, public access, versioning, lifecycle, policy"
    assert len(pauses) == 5
    assert target.s3.get_bucket_versioning(Bucket=NAME)["Status"] == "Enabled"


def test_a_conflict_that_does_not_end_is_an_error(target: Target, pauses: list[float]) -> None:
    busy(target, ATTEMPTS)
    with pytest.raises(ClientError, match="OperationAborted"):
        Bucket(target).ensure()
    assert len(pauses) == ATTEMPTS - 1

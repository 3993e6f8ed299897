"""The artifact bucket of an environment: created on demand, private, encrypted, versioned. Keys are content hashes."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.problems import Problem

# Services are deployed in parallel, and S3 refuses a change of a bucket while it makes another one.
CONFLICT = "OperationAborted"
ATTEMPTS, PAUSE_SECONDS = 10, 2.0
# Stored artifacts do not expire: rollbacks need them. Deleted and replaced versions and unfinished uploads do.
OLD_VERSION_DAYS, UPLOAD_DAYS = 30, 7


class Bucket:
    def __init__(self, target: Target) -> None:
        self._target = target
        self.environment: Environment = target.environment
        # In a build of a pipeline the variable names the bucket of the pipelines.
        named = os.environ.get("ARTIFACTS_BUCKET") or target.environment.artifacts_bucket
        self.name = named or self._own_name()
        self._is_ours = not named
        self._ready = False

    def _own_name(self) -> str:
        suffix = "" if self.environment.is_local else f"-{self._target.account}"
        return f"ecommerce-{self.environment.name}-artifacts{suffix}"

    def url(self, key: str) -> str:
        """The URL by which CloudFormation reads an object."""
        if self._target.endpoint:
            return f"{self._target.endpoint}/{self.name}/{key}"
        suffix = "amazonaws.com.cn" if self.environment.region.startswith("cn-") else "amazonaws.com"
        return f"https://{self.name}.s3.{self.environment.region}.{suffix}/{key}"

    def put(self, key: str, content: Callable[[], bytes]) -> bool:
        """Store an object unless its key exists. True when it was uploaded."""
        if self._has(key):
            return False
        self.ensure()
        self._target.s3.put_object(Bucket=self.name, Key=key, Body=content(), **self._owner())
        return True

    def _has(self, key: str) -> bool:
        try:
            self._target.s3.head_object(Bucket=self.name, Key=key, **self._owner())
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 403:
                raise Problem(
                    f"the bucket {self.name} cannot be read: no permission, or it belongs to another account; "
                    "`artifacts_bucket` in environments.yaml names another"
                ) from None
            if status != 404:
                raise
            return False
        return True

    def _owner(self) -> dict[str, str]:
        """Names of buckets are global on AWS: requests fail when the bucket belongs to another account."""
        return {} if self.environment.is_local else {"ExpectedBucketOwner": self._target.account}

    def ensure(self) -> None:
        """Create the bucket if it is missing; always close it, since an earlier run may have stopped."""
        if self._ready:
            return
        s3 = self._target.s3
        try:
            s3.head_bucket(Bucket=self.name, **self._owner())
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            self._create()
        if self._is_ours:
            self._close()
        self._ready = True

    def _create(self) -> None:
        s3, region = self._target.s3, self.environment.region
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            s3.create_bucket(Bucket=self.name, **location)
        except ClientError as error:
            # Another service has created it, or is creating it.
            if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", CONFLICT):
                raise
            s3.get_waiter("bucket_exists").wait(Bucket=self.name, **self._owner())

    def _close(self) -> None:
        """Encrypted, not public, only over TLS, versioned; old versions and unfinished uploads end."""
        rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        self._set("put_bucket_encryption", ServerSideEncryptionConfiguration={"Rules": rules})
        closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        self._set("put_public_access_block", PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
        self._set("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"})
        self._set("put_bucket_lifecycle_configuration", LifecycleConfiguration={"Rules": [_lifecycle()]})
        if not self._target.endpoint:  # the local cloud has no TLS
            self._set("put_bucket_policy", Policy=json.dumps(self._tls_only()))

    def _set(self, operation: str, **settings: Any) -> None:
        """Change a setting. Repeats while another service changes the bucket."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                getattr(self._target.s3, operation)(Bucket=self.name, **settings, **self._owner())
            except ClientError as error:
                if error.response["Error"]["Code"] != CONFLICT or attempt == ATTEMPTS:
                    raise
                time.sleep(PAUSE_SECONDS)
            else:
                return

    def _tls_only(self) -> dict[str, Any]:
        partition = "aws-cn" if self.environment.region.startswith("cn-") else "aws"
        arn = f"arn:{partition}:s3:::{self.name}"
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "TlsOnly",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }


def _lifecycle() -> dict[str, Any]:
    return {
        "ID": "old-versions",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_VERSION_DAYS},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UPLOAD_DAYS},
    }

"""The artifact bucket of an environment: created on demand, private, encrypted, versioned. Keys are content hashes."""

from collections.abc import Callable

from botocore.exceptions import ClientError

from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.problems import Problem


class Bucket:
    def __init__(self, target: Target) -> None:
        self._target = target
        self.environment: Environment = target.environment
        self.name = self._name()
        self._ready = False

    def _name(self) -> str:
        if self.environment.artifacts_bucket:
            return self.environment.artifacts_bucket
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
        self._ensure()
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

    def _ensure(self) -> None:
        """Create the bucket if it is missing; always block public access, since an earlier run may have stopped."""
        if self._ready:
            return
        s3 = self._target.s3
        try:
            s3.head_bucket(Bucket=self.name, **self._owner())
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            self._create()
        if not self.environment.artifacts_bucket:
            self._block_public_access()
        self._ready = True

    def _create(self) -> None:
        s3, region = self._target.s3, self.environment.region
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        try:
            s3.create_bucket(Bucket=self.name, **location)
        except ClientError as error:
            # Services are deployed in parallel: another one has created it, or is creating it.
            if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "OperationAborted"):
                raise
            s3.get_waiter("bucket_exists").wait(Bucket=self.name, **self._owner())

    def _block_public_access(self) -> None:
        s3 = self._target.s3
        rules = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        s3.put_bucket_encryption(Bucket=self.name, ServerSideEncryptionConfiguration={"Rules": rules})
        closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        s3.put_public_access_block(Bucket=self.name, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
        s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})

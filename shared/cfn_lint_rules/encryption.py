"""E9008: stored data is encrypted, with a key that AWS services can use."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources
from shared.cfn_lint_rules.values import alternatives, always, always_true, at, text_of


class Encrypted(Rule):
    """CloudWatch and EventBridge cannot use the AWS-managed key of SNS: they drop the alarm without an error."""

    id: ClassVar[str] = "E9008"
    shortdesc: ClassVar[str] = "Stored data is encrypted and not public"
    description: ClassVar[str] = "Tables, buckets, queues, topics and keys; topics with a key of our own"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for resource in resources(template, *_CHECKS):
            for message in _CHECKS[resource.type](resource.properties):
                yield resource.path, f"{resource.name}: {message}"


def _table(properties: Mapping[str, Any]) -> Iterator[str]:
    if not always_true(at(properties, "SSESpecification", "SSEEnabled")):
        yield "set SSESpecification: { SSEEnabled: true }"


def _bucket(properties: Mapping[str, Any]) -> Iterator[str]:
    if not always(at(properties, "BucketEncryption", "ServerSideEncryptionConfiguration")):
        yield "set BucketEncryption.ServerSideEncryptionConfiguration"
    for setting in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
        if not always_true(at(properties, "PublicAccessBlockConfiguration", setting)):
            yield f"set PublicAccessBlockConfiguration.{setting}: true"


def _queue(properties: Mapping[str, Any]) -> Iterator[str]:
    if not always_true(properties.get("SqsManagedSseEnabled")):
        yield "set SqsManagedSseEnabled: true"


def _topic(properties: Mapping[str, Any]) -> Iterator[str]:
    keys = [text_of(key) for key in alternatives(properties.get("KmsMasterKeyId"))]
    if not all(keys) or any(key.endswith("alias/aws/sns") for key in keys):
        yield "set KmsMasterKeyId to a key of the template that admits the publishing services (alias/aws/sns does not)"


def _key(properties: Mapping[str, Any]) -> Iterator[str]:
    if not always_true(properties.get("EnableKeyRotation")):
        yield "set EnableKeyRotation: true"


_CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::DynamoDB::GlobalTable": _table,
    "AWS::Serverless::SimpleTable": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::SNS::Topic": _topic,
    "AWS::KMS::Key": _key,
}

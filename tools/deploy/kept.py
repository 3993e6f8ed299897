"""Resources that an earlier stack of a service kept when it was deleted (`DeletionPolicy: Retain`).

CloudFormation lists deleted stacks, with their resources, for 90 days. After that only the names tell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from tools.project.aws import Target
from tools.project.services import Service


@dataclass(frozen=True)
class Kept:
    """One resource that exists and belongs to no stack."""

    logical_id: str
    kind: str
    physical_id: str

    def __str__(self) -> str:
        return f"{self.logical_id} ({self.kind}) {self.physical_id}"

    @property
    def to_import(self) -> dict[str, Any]:
        """The resource as CreateChangeSet takes it."""
        identifier = {IMPORTABLE[self.kind].identifier: self.physical_id}
        return {
            "ResourceType": self.kind,
            "LogicalResourceId": self.logical_id,
            "ResourceIdentifier": identifier,
        }


@dataclass(frozen=True)
class DeletedStack:
    """A deleted stack, and what it kept that still exists and that the template still has."""

    id: str
    created: datetime
    kept: list[Kept]


@dataclass(frozen=True)
class Importable:
    """How CloudFormation identifies a resource of a type, and how to see whether it exists."""

    identifier: str
    missing: str
    look: Callable[[Target, str], bool]


def _table(target: Target, name: str) -> bool:
    return bool(target.client("dynamodb").describe_table(TableName=name)["Table"])


def _pool(target: Target, name: str) -> bool:
    return bool(target.client("cognito-idp").describe_user_pool(UserPoolId=name)["UserPool"])


def _key(target: Target, name: str) -> bool:
    return bool(target.client("kms").describe_key(KeyId=name)["KeyMetadata"]["KeyState"] != "PendingDeletion")


def _bucket(target: Target, name: str) -> bool:
    return bool(target.s3.head_bucket(Bucket=name))


# The retained types of our templates. A dead-letter queue is in a nested stack, which takes no imports.
IMPORTABLE = {
    "AWS::DynamoDB::Table": Importable("TableName", "ResourceNotFoundException", _table),
    "AWS::Cognito::UserPool": Importable("UserPoolId", "ResourceNotFoundException", _pool),
    "AWS::KMS::Key": Importable("KeyId", "NotFoundException", _key),
    "AWS::S3::Bucket": Importable("BucketName", "404", _bucket),
}


def deleted_stacks(service: Service, target: Target) -> list[DeletedStack]:
    """The deleted stacks of the service that kept something, the last one first.

    The one created last was also deleted last, since one stack at a time has the name. What was taken back and kept
    again is listed once, under the last stack.
    """
    name = target.environment.stack(service.name)
    pages = target.cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    deleted = [stack for page in pages for stack in page["StackSummaries"] if stack["StackName"] == name]
    found, seen = [], set()
    for stack in sorted(deleted, key=lambda stack: stack["CreationTime"], reverse=True):
        kept = [one for one in _kept(stack["StackId"], service, target) if one not in seen]
        seen.update(kept)
        if kept:
            found.append(DeletedStack(stack["StackId"], stack["CreationTime"], kept))
    return found


def _kept(stack: str, service: Service, target: Target) -> Iterator[Kept]:
    declared = service.template["Resources"]
    for page in target.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            kept = Kept(resource["LogicalResourceId"], resource["ResourceType"], resource.get("PhysicalResourceId", ""))
            is_kept = resource["ResourceStatus"] == "DELETE_SKIPPED" and kept.kind in IMPORTABLE
            if is_kept and (declared.get(kept.logical_id) or {}).get("Type") == kept.kind and _exists(kept, target):
                yield kept


def _exists(kept: Kept, target: Target) -> bool:
    importable = IMPORTABLE[kept.kind]
    try:
        return importable.look(target, kept.physical_id)
    except ClientError as error:
        if error.response["Error"]["Code"] != importable.missing:
            raise
        return False


def kept_outside(stack: str, service: Service, target: Target) -> list[str]:
    """Physical ids of what earlier stacks kept and this stack does not have."""
    pages = target.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    own = {resource.get("PhysicalResourceId") for page in pages for resource in page["StackResourceSummaries"]}
    kept = [one.physical_id for earlier in deleted_stacks(service, target) for one in earlier.kept]
    return [name for name in kept if name not in own]


def notice(service: Service, target: Target) -> str:
    """What a first deployment should know: it creates empty resources beside kept ones. Empty if there are none."""
    stacks = deleted_stacks(service, target)
    if not stacks:
        return ""
    names = ", ".join(kept.physical_id for kept in stacks[0].kept)
    return (
        f"an earlier stack kept {names}; {target.environment.command('restore', service.name)} takes that back, "
        f"{target.environment.command('deploy', service.name)} creates empty ones beside it"
    )

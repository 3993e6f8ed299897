"""E9009: a change of a stack or an accidental deletion loses no business data."""

from collections.abc import Iterator
from typing import Any, ClassVar

from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import Resource, disposable, resources
from shared.cfn_lint_rules.values import alternatives, always, always_true, at

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "AWS::Serverless::SimpleTable")
# A global table has this setting per replica.
RESTORED = ("AWS::DynamoDB::Table", "AWS::Serverless::SimpleTable")
KEPT = (*TABLES, "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::KMS::Key")
RETAIN = ("Retain", "RetainExceptOnCreate")
# The property that protects from deletion by an API call.
PROTECTION = {"AWS::DynamoDB::Table": "DeletionProtectionEnabled", "AWS::Cognito::UserPool": "DeletionProtection"}


class Recoverable(Rule):
    """By default CloudFormation deletes the data with its resource.

    `Metadata: { StateIsDisposable: why }` states that the data is not needed.
    """

    id: ClassVar[str] = "E9009"
    shortdesc: ClassVar[str] = "Stored data survives its stack and can be restored"
    description: ClassVar[str] = "Retain policies, deletion protection, point-in-time recovery"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        for resource in resources(template, *KEPT):
            if not disposable(resource):
                yield from _of_kept(resource)
            elif "Delete" not in (resource.body.get("DeletionPolicy"), resource.body.get("UpdateReplacePolicy")):
                yield (
                    resource.path,
                    f"{resource.name} is disposable: set DeletionPolicy and UpdateReplacePolicy to Delete",
                )


def _of_kept(resource: Resource) -> Iterator[Problem]:
    for policy, wanted in (("DeletionPolicy", "RetainExceptOnCreate"), ("UpdateReplacePolicy", "Retain")):
        # A conditional choice needs AWS::LanguageExtensions; it must keep the data in one of its branches.
        if not any(choice in RETAIN for choice in alternatives(resource.body.get(policy))):
            yield (
                resource.path,
                (
                    f"{resource.name}: its data is deleted with the resource: set {policy}: {wanted} "
                    "(or Metadata: { StateIsDisposable: why } when the data is not needed)"
                ),
            )
    protection = PROTECTION.get(resource.type)
    if protection and not always(resource.properties.get(protection)):
        yield resource.path, f"{resource.name}: set {protection}, at least for prod"
    if resource.type in RESTORED and not always_true(
        at(resource.properties, "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")
    ):
        yield (
            resource.path,
            (f"{resource.name}: set PointInTimeRecoverySpecification: {{ PointInTimeRecoveryEnabled: true }}"),
        )

"""The policy statements of a template: in roles, policies, SAM `Policies` and policies of resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shared.cfn_lint_rules.exemptions import exempt
from shared.cfn_lint_rules.template import Resource, resources
from shared.cfn_lint_rules.values import Path, alternatives, as_list, text_of

SAM_TYPES = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
POLICY_TYPES = (
    "AWS::IAM::GroupPolicy",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::RolePolicy",
    "AWS::IAM::UserPolicy",
)
PRINCIPAL_TYPES = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")
# Property that holds the policy of a resource about itself.
RESOURCE_POLICIES = {
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::EventSchemas::RegistryPolicy": "Policy",
    "AWS::DynamoDB::Table": "ResourcePolicy",
}


@dataclass(frozen=True, slots=True)
class Statement:
    resource: Resource
    path: Path
    body: Mapping[str, Any]
    is_identity: bool

    @property
    def allows(self) -> bool:
        return self.body.get("Effect") == "Allow"

    @property
    def actions(self) -> list[str]:
        return [text_of(action) for action in as_list(self.body.get("Action"))]

    @property
    def targets(self) -> list[str]:
        return [text_of(target) for target in as_list(self.body.get("Resource"))]


@dataclass(frozen=True, slots=True)
class Attached:
    """A policy that is attached by name: an AWS managed policy or a SAM policy template."""

    resource: Resource
    path: Path
    name: str
    is_sam_template: bool


def statements(template: Any) -> Iterator[Statement]:
    """Every statement of every policy in the template, with its path."""
    for resource, path, document, is_identity in _documents(template):
        for variant in alternatives(document):
            listed = variant.get("Statement") if isinstance(variant, Mapping) else None
            many = isinstance(listed, list)
            for index, statement in enumerate(listed if isinstance(listed, list) else [listed]):
                for each in alternatives(statement):
                    if isinstance(each, Mapping):
                        yield Statement(resource, [*path, "Statement", *([index] if many else [])], each, is_identity)


def _documents(template: Any) -> Iterator[tuple[Resource, Path, Any, bool]]:
    for resource in resources(template):
        properties = resource.properties
        if resource.type in POLICY_TYPES:
            yield resource, resource.at("PolicyDocument"), properties.get("PolicyDocument"), True
        elif resource.type in PRINCIPAL_TYPES:
            for index, policy in enumerate(as_list(properties.get("Policies"))):
                if isinstance(policy, Mapping):
                    yield resource, resource.at("Policies", index, "PolicyDocument"), policy.get("PolicyDocument"), True
        elif resource.type in SAM_TYPES:
            for index, policy in enumerate(as_list(properties.get("Policies"))):
                if isinstance(policy, Mapping) and "Statement" in policy:
                    yield resource, resource.at("Policies", index), policy, True
        elif resource.type == "AWS::Events::EventBusPolicy":
            yield resource, resource.at(), {"Statement": properties.get("Statement")}, False
        elif resource.type in RESOURCE_POLICIES:
            key = RESOURCE_POLICIES[resource.type]
            document = properties.get(key)
            if resource.type == "AWS::DynamoDB::Table" and isinstance(document, Mapping):
                key, document = "ResourcePolicy", document.get("PolicyDocument")
            yield resource, resource.at(key), document, False


def is_of_a_stack(role: Resource) -> bool:
    """Is it a role of exemptions.yaml by which CloudFormation, and no other principal, creates a stack?"""
    trusted = list(_trusted(role.properties.get("AssumeRolePolicyDocument")))
    return role.name in exempt("roles_of_stacks") and trusted == [{"Service": "cloudformation.amazonaws.com"}]


def is_a_boundary(policy: Resource) -> bool:
    """Is it a managed policy of exemptions.yaml that limits roles, and is attached to none here?"""
    attached_to = [key for key in ("Groups", "Roles", "Users") if policy.properties.get(key)]
    return policy.type == "AWS::IAM::ManagedPolicy" and policy.name in exempt("boundaries") and not attached_to


def _trusted(document: Any) -> Iterator[Any]:
    for statement in as_list(document.get("Statement")) if isinstance(document, Mapping) else ():
        yield statement.get("Principal") if isinstance(statement, Mapping) else None


def attached(template: Any) -> Iterator[Attached]:
    """Policies attached by name or ARN, and SAM policy templates."""
    for resource in resources(template):
        if resource.type in PRINCIPAL_TYPES:
            for index, arn in enumerate(as_list(resource.properties.get("ManagedPolicyArns"))):
                yield Attached(resource, resource.at("ManagedPolicyArns", index), text_of(arn), False)
        elif resource.type in SAM_TYPES:
            for index, policy in enumerate(as_list(resource.properties.get("Policies"))):
                path = resource.at("Policies", index)
                if isinstance(policy, str):
                    yield Attached(resource, path, policy, False)
                elif isinstance(policy, Mapping) and "Statement" not in policy:
                    name = text_of(policy) or str(next(iter(policy), ""))
                    yield Attached(resource, path, name, is_sam_template=not text_of(policy))

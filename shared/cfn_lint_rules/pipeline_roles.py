"""E9019: the role of a pipeline may do what its actions do."""

import fnmatch
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from shared.cfn_lint_rules.pipelines import TYPE, Action, stages
from shared.cfn_lint_rules.rule import Problem, Rule
from shared.cfn_lint_rules.template import resources
from shared.cfn_lint_rules.values import as_list, references, text_of

# Provider -> actions of the role that the action acts with: its own RoleArn, or else the pipeline's role (CodePipeline
# User Guide, *Manage the CodePipeline service role*). The prefix of UseConnection must be that of the connection's ARN,
# which is a parameter (Developer Tools console User Guide, *Connections rename - Summary of changes*).
NEEDED: dict[str, tuple[str, ...]] = {
    "S3": ("s3:GetObject", "s3:GetObjectVersion", "s3:GetBucketVersioning"),
    "CodeCommit": ("codecommit:GetBranch", "codecommit:GetCommit"),
    "CodeStarSourceConnection": ("codeconnections:UseConnection", "codestar-connections:UseConnection"),
    "CodeBuild": ("codebuild:StartBuild", "codebuild:BatchGetBuilds"),
    "Lambda": ("lambda:InvokeFunction",),
}
STORE = ("s3:GetObject", "s3:PutObject")
KEY = ("kms:Decrypt", "kms:GenerateDataKey")


class PipelineRoles(Rule):
    """A right that the role lacks shows only when the action runs. A role of the same template is checked."""

    id: ClassVar[str] = "E9019"
    shortdesc: ClassVar[str] = "The role of a pipeline may do what its actions do"
    description: ClassVar[str] = "Each action is allowed to the pipeline's role, or names a role that it may assume"

    def problems(self, template: Any, filename: str | None) -> Iterator[Problem]:
        del filename
        roles = {role.name: role for role in resources(template, "AWS::IAM::Role")}
        for pipeline in resources(template, TYPE):
            named = {name.split(".")[0] for name in references(pipeline.properties.get("RoleArn"))}
            found = [roles[name] for name in named if name in roles]
            if not found:
                continue
            allowed = _allowed(found[0].properties)
            store = pipeline.properties.get("ArtifactStore") or {}
            for right in (*STORE, *(KEY if store.get("EncryptionKey") else ())):
                if not _may(allowed, right):
                    yield pipeline.path, f"{pipeline.name}: {found[0].name} needs {right} for the artifact store"
            for stage, actions in stages(pipeline):
                for action in actions:
                    yield from self._action(stage, action, allowed, found[0].name)

    def _action(self, stage: str, action: Action, allowed: Mapping[str, list[str]], role: str) -> Iterator[Problem]:
        where = f"{stage}: {action.name}"
        assumed = text_of(action.body.get("RoleArn"))
        if assumed:
            if not any(fnmatch.fnmatchcase(assumed, each) for each in allowed.get("sts:AssumeRole", [])):
                yield action.path, f"{where}: {role} needs sts:AssumeRole of {assumed}"
            return
        for provider in action.providers:
            if provider == "CloudFormation":
                yield action.path, f"{where}: name a RoleArn, so that the pipeline's own role may change no stack"
            for right in NEEDED.get(provider, ()):
                if not _may(allowed, right):
                    yield action.path, f"{where}: {role} needs {right}"
        tells = action.category == "Approval" and any("NotificationArn" in each for each in action.configurations)
        if tells and not _may(allowed, "sns:Publish"):
            yield action.path, f"{where}: {role} needs sns:Publish"


def _allowed(properties: Mapping[str, Any]) -> dict[str, list[str]]:
    """Action -> resources, of the inline policies of a role."""
    found: dict[str, list[str]] = {}
    for policy in as_list(properties.get("Policies")):
        for statement in as_list((policy.get("PolicyDocument") or {}).get("Statement")):
            if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
                for action in as_list(statement.get("Action")):
                    places = [text_of(each) for each in as_list(statement.get("Resource"))]
                    found.setdefault(text_of(action), []).extend(places)
    return found


def _may(allowed: Mapping[str, list[str]], action: str) -> bool:
    return any(fnmatch.fnmatchcase(action, pattern) for pattern in allowed)

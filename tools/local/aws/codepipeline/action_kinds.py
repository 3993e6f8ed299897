"""The actions that the local cloud runs: their configuration and the number of their artifacts.

From the page "Action structure reference" of the CodePipeline User Guide.
"""

from collections.abc import Mapping
from dataclasses import dataclass

CLOUDFORMATION_MODES = ("CHANGE_SET_REPLACE", "CHANGE_SET_EXECUTE", "CREATE_UPDATE", "DELETE_ONLY")


@dataclass(frozen=True)
class ActionKind:
    """What a provider takes. Pairs are the least and the most."""

    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    inputs: tuple[int, int] = (0, 0)
    outputs: tuple[int, int] = (0, 0)
    timeout_minutes: int = 60
    """The page "Quotas in AWS CodePipeline": how long an action may run."""

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.required, *self.optional)


_CODEBUILD = ActionKind(
    required=("ProjectName",),
    optional=("PrimarySource", "EnvironmentVariables"),
    inputs=(1, 5),
    outputs=(0, 5),
    timeout_minutes=8 * 60,
)
ACTION_KINDS: Mapping[tuple[str, str], ActionKind] = {
    ("Source", "S3"): ActionKind(
        required=("S3Bucket", "S3ObjectKey"),
        optional=("PollForSourceChanges", "AllowOverrideForS3ObjectKey"),
        outputs=(1, 1),
    ),
    ("Source", "CodeCommit"): ActionKind(
        required=("RepositoryName", "BranchName"),
        optional=("PollForSourceChanges", "OutputArtifactFormat"),
        outputs=(1, 1),
    ),
    ("Source", "CodeStarSourceConnection"): ActionKind(
        required=("ConnectionArn", "FullRepositoryId", "BranchName"),
        optional=("OutputArtifactFormat", "DetectChanges"),
        outputs=(1, 1),
    ),
    ("Build", "CodeBuild"): _CODEBUILD,
    ("Test", "CodeBuild"): _CODEBUILD,
    ("Deploy", "CloudFormation"): ActionKind(
        required=("ActionMode", "StackName"),
        optional=(
            "ChangeSetName",
            "TemplatePath",
            "TemplateConfiguration",
            "ParameterOverrides",
            "Capabilities",
            "RoleArn",
            "OutputFileName",
        ),
        inputs=(0, 10),
        outputs=(0, 1),
    ),
    ("Approval", "Manual"): ActionKind(
        required=(), optional=("CustomData", "NotificationArn", "ExternalEntityLink"), timeout_minutes=7 * 24 * 60
    ),
    ("Invoke", "Lambda"): ActionKind(
        required=("FunctionName",),
        optional=("UserParameters",),
        inputs=(0, 5),
        outputs=(0, 5),
        timeout_minutes=24 * 60,
    ),
}

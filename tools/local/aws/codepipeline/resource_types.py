"""AWS::CodePipeline::Pipeline."""

from tools.local.aws.cloudformation.api_shapes import to_api
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.aws.codepipeline.executor import Executor
from tools.local.aws.codepipeline.starts import start_execution
from tools.local.aws.json_api import ApiError, Document, model_of

_APART = ("DisableInboundStageTransitions", "RestartExecutionOnUpdate", "Tags")
SERVED = (
    "Name", "RoleArn", "PipelineType", "ExecutionMode", "Variables.Name", "Variables.DefaultValue",
    "Variables.Description", "Triggers.ProviderType", "Triggers.GitConfiguration.SourceActionName",
    "Triggers.GitConfiguration.Push.Branches.Includes", "Triggers.GitConfiguration.Push.Branches.Excludes",
    "Triggers.GitConfiguration.Push.FilePaths.Includes", "Triggers.GitConfiguration.Push.FilePaths.Excludes",
    "Triggers.GitConfiguration.Push.Tags.Includes", "Triggers.GitConfiguration.Push.Tags.Excludes",
    "Triggers.GitConfiguration.PullRequest.Events", "Triggers.GitConfiguration.PullRequest.Branches.Includes",
    "Triggers.GitConfiguration.PullRequest.Branches.Excludes",
    "Triggers.GitConfiguration.PullRequest.FilePaths.Includes",
    "Triggers.GitConfiguration.PullRequest.FilePaths.Excludes",
    "ArtifactStore.Type", "ArtifactStore.Location", "ArtifactStore.EncryptionKey.Id",
    "ArtifactStore.EncryptionKey.Type", "Stages.Name", "Stages.OnFailure.Result",
    "Stages.OnFailure.RetryConfiguration.RetryMode", "Stages.Actions.Name", "Stages.Actions.ActionTypeId.Category",
    "Stages.Actions.ActionTypeId.Owner", "Stages.Actions.ActionTypeId.Provider", "Stages.Actions.ActionTypeId.Version",
    "Stages.Actions.RunOrder", "Stages.Actions.Configuration", "Stages.Actions.InputArtifacts.Name",
    "Stages.Actions.OutputArtifacts.Name", "Stages.Actions.RoleArn", "Stages.Actions.Region",
    "Stages.Actions.Namespace", "Stages.Actions.TimeoutInMinutes",
)  # fmt: skip


class Pipeline:
    """`Ref` is the name. The attribute is Version. A new pipeline starts an execution, as on AWS."""

    def __init__(self, executor: Executor) -> None:
        self._executor, self._store = executor, executor.store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = str(properties.get("Name") or physical_name(stack, logical_id, longest=100))
        with _Reasons(), self._store.lock:
            self._store.create(_declaration(name, properties))
            self._disable(name, properties)
            if all("DefaultValue" in one for one in properties.get("Variables") or []):
                start_execution(self._executor, {"name": name}, "", "CreatePipeline")
        return name, {"Version": "1"}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if old.get("Name") != new.get("Name"):
            return self.create(logical_id, new, stack)
        with _Reasons(), self._store.lock:
            structure = self._store.update(_declaration(physical_id, new))
            self._disable(physical_id, new)
            if str(new.get("RestartExecutionOnUpdate", "false")).lower() == "true":
                start_execution(self._executor, {"name": physical_id}, "RestartExecutionOnUpdate")
            else:
                self._executor.advance(self._store.pipeline(physical_id))
        return physical_id, {"Version": str(structure["version"])}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._store.delete(physical_id)

    def _disable(self, name: str, properties: Properties) -> None:
        """Disable the transitions that the template disables."""
        pipeline = self._store.pipeline(name)
        wanted = {one["StageName"]: one["Reason"] for one in properties.get("DisableInboundStageTransitions") or []}
        for stage, reason in wanted.items():
            pipeline["disabled"][stage] = {"reason": reason, "by": "CloudFormation", "at": self._executor.clock()}


def _declaration(name: str, properties: Properties) -> Document:
    shape = model_of("codepipeline").shape_for("PipelineDeclaration")
    own = {key: value for key, value in properties.items() if key not in _APART}
    declaration: Document = to_api(own, shape, SERVED)
    return {**declaration, "name": name}


class _Reasons:
    """Turn an error of the API into the reason in the stack's events."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, ApiError):
            raise ResourceFailed(f"{error} ({error.code})") from None

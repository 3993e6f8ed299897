"""AWS::CodeBuild::Project."""

from typing import Any

from tools.local.aws.cloudformation.api_shapes import to_api
from tools.local.aws.cloudformation.engine_provisioners import Created, Properties, ResourceFailed, physical_name
from tools.local.aws.codebuild.records import Store, project_arn
from tools.local.aws.json_api import Document, model_of
from tools.local.home import ACCOUNT, REGION

SERVED = (
    "Name", "Description", "ServiceRole", "EncryptionKey", "TimeoutInMinutes", "QueuedTimeoutInMinutes",
    "ConcurrentBuildLimit", "Source.Type", "Source.BuildSpec", "Artifacts.Type", "Artifacts.EncryptionDisabled",
    "Environment.Type", "Environment.Image", "Environment.ComputeType", "Environment.PrivilegedMode",
    "Environment.ImagePullCredentialsType", "Environment.EnvironmentVariables.Name",
    "Environment.EnvironmentVariables.Value", "Environment.EnvironmentVariables.Type", "Cache.Type", "Cache.Modes",
    "Cache.Location", "LogsConfig.CloudWatchLogs.Status", "LogsConfig.CloudWatchLogs.GroupName",
    "LogsConfig.CloudWatchLogs.StreamName", "LogsConfig.S3Logs.Status", "Tags.Key", "Tags.Value",
)  # fmt: skip
SOURCES, ARTIFACTS = ("CODEPIPELINE", "NO_SOURCE"), ("CODEPIPELINE", "NO_ARTIFACTS")


class Project:
    """`Ref` is the name. The attribute is Arn."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, logical_id: str, properties: Properties, stack: str) -> Created:
        name = str(properties.get("Name") or physical_name(stack, logical_id, longest=150))
        if name in self._store.projects:
            raise ResourceFailed(f"Project already exists: {project_arn(name)}")
        self._store.put_project(_settings(name, properties))
        return name, {"Arn": project_arn(name)}

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Created:
        if old.get("Name") != new.get("Name"):
            return self.create(logical_id, new, stack)
        self._store.put_project(_settings(physical_id, new))
        return physical_id, {"Arn": project_arn(physical_id)}

    def delete(self, physical_id: str, properties: Properties) -> None:
        self._store.delete_project(physical_id)


def _settings(name: str, properties: Properties) -> Document:
    """The project as the API knows it, checked."""
    shape = model_of("codebuild").shape_for("Project")
    project: Document = to_api(properties, shape, SERVED)
    for key in ("source", "artifacts", "environment", "serviceRole"):
        if key not in project:
            raise ResourceFailed(f"{key[0].upper()}{key[1:]} is required")
    _one_of(project["source"].get("type"), SOURCES, "Source.Type")
    _one_of(project["artifacts"].get("type"), ARTIFACTS, "Artifacts.Type")
    if (project["source"]["type"] == "CODEPIPELINE") != (project["artifacts"]["type"] == "CODEPIPELINE"):
        raise ResourceFailed("Source.Type and Artifacts.Type must both be CODEPIPELINE, or neither")
    for key in ("type", "image", "computeType"):
        if not project["environment"].get(key):
            raise ResourceFailed(f"Environment.{key[0].upper()}{key[1:]} is required")
    if (project.get("logsConfig", {}).get("s3Logs") or {}).get("status") == "ENABLED":
        raise ResourceFailed("the local cloud does not know LogsConfig.S3Logs with the status ENABLED")
    _check_spec(project)
    cache = project.setdefault("cache", {"type": "NO_CACHE"})
    _one_of(cache.get("type"), ("NO_CACHE", "LOCAL", "S3"), "Cache.Type")
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/s3"
    return {"timeoutInMinutes": 60, "encryptionKey": key, **project, "name": name}


def _check_spec(project: Document) -> None:
    text = project["source"].get("buildspec", "")
    if project["source"]["type"] == "NO_SOURCE" and not ("\n" in text or text.startswith("version:")):
        raise ResourceFailed("Source.BuildSpec must be the buildspec itself when Source.Type is NO_SOURCE")


def _one_of(value: Any, served: tuple[str, ...], what: str) -> None:
    if value not in served:
        raise ResourceFailed(f"the local cloud does not know {what} {value}; it knows {', '.join(served)}")

"""Starts builds: the record of a build from its project, the request, and the pipeline that asks for it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field

from tools.local.aws.codebuild.records import Store, build_arn
from tools.local.aws.json_api import ApiError, Document
from tools.local.home import REGION

SERVED = ("projectName", "environmentVariablesOverride", "buildspecOverride", "idempotencyToken", "sourceVersion",
          "timeoutInMinutesOverride")  # fmt: skip
FIRST_PHASE = "SUBMITTED"


@dataclass(frozen=True)
class PipelineInput:
    """What a pipeline gives a build: the places of its artifacts, and who asks."""

    initiator: str
    sources: dict[str, Document]
    """Artifact name -> bucket, key; the primary source first."""
    outputs: dict[str, Document]
    version: str = ""
    """The revision of the primary source."""
    encryption_key: str = ""
    primary: str = ""
    names: list[str] = field(default_factory=list)


class Starter:
    """Accepts requests for builds. `begin(build id)` has a build run."""

    def __init__(
        self, store: Store, clock: Callable[[], float], new_id: Callable[[], str], begin: Callable[[str], None]
    ):
        self._store, self._clock, self._new_id, self._begin = store, clock, new_id, begin
        self._expected: dict[str, PipelineInput] = {}

    def expect(self, token: str, given: PipelineInput) -> None:
        """The next request with this idempotency token comes from a pipeline. The token is a secret of the pipeline."""
        self._expected[token] = given

    def start(self, request: Document) -> Document:
        for key in request:
            if key not in SERVED:
                raise ApiError("InvalidInputException", f"the local cloud does not know {key} of StartBuild")
        with self._store.lock:
            token = request.get("idempotencyToken", "")
            known = next((one for one in self._store.builds.values() if token and one["token"] == token), None)
            if known is not None:
                return known
            project = self._store.project(request["projectName"])
            given = self._expected.pop(token, None)
            if given is None and project["source"]["type"] == "CODEPIPELINE":
                raise ApiError(
                    "InvalidInputException",
                    f"Project {project['name']} has the source type CODEPIPELINE: only a pipeline can start its builds",
                )
            build = self._record(project, request, given, token)
            self._store.add_build(build)
        self._begin(build["id"])
        return build

    def _record(self, project: Document, request: Document, given: PipelineInput | None, token: str) -> Document:
        project["number"] += 1
        build_id, now = f"{project['name']}:{self._new_id()}", self._clock()
        source = dict(project["source"])
        if request.get("buildspecOverride"):
            source["buildspec"] = request["buildspecOverride"]
        if given is not None:
            where = given.sources[given.primary]
            source.update(type="CODEPIPELINE", location=f"arn:aws:s3:::{where['bucket']}/{where['key']}")
        overrides = {one["name"]: one for one in request.get("environmentVariablesOverride", [])}
        variables = [
            one for one in project["environment"].get("environmentVariables", []) if one["name"] not in overrides
        ]
        return {
            "id": build_id,
            "arn": build_arn(build_id),
            "buildNumber": project["number"],
            "startTime": now,
            "endTime": None,
            "currentPhase": FIRST_PHASE,
            "buildStatus": "IN_PROGRESS",
            "projectName": project["name"],
            "phases": [],
            "source": source,
            "sourceVersion": source.get("location", "") if given else request.get("sourceVersion", ""),
            "resolvedSourceVersion": given.version if given else "",
            "artifacts": {"location": ""},
            "cache": project.get("cache", {"type": "NO_CACHE"}),
            "environment": {**project["environment"], "environmentVariables": [*variables, *overrides.values()]},
            "serviceRole": project["serviceRole"],
            "logs": self._logs(project, build_id),
            "timeoutInMinutes": request.get("timeoutInMinutesOverride", project["timeoutInMinutes"]),
            "queuedTimeoutInMinutes": project.get("queuedTimeoutInMinutes", 480),
            "initiator": given.initiator if given else "local",
            "encryptionKey": (given.encryption_key if given else "") or project["encryptionKey"],
            "exportedEnvironmentVariables": [],
            "token": token,
            "pipeline": asdict(given) if given else None,
            "stopping": False,
        }

    @staticmethod
    def _logs(project: Document, build_id: str) -> Document:
        configured = (project.get("logsConfig") or {}).get("cloudWatchLogs") or {}
        if configured.get("status") == "DISABLED":
            return {"cloudWatchLogs": configured}
        group = configured.get("groupName") or f"/aws/codebuild/{project['name']}"
        stream = build_id.rpartition(":")[2]
        if configured.get("streamName"):
            stream = f"{configured['streamName']}/{stream}"
        link = f"https://console.aws.amazon.com/cloudwatch/home?region={REGION}#logsV2:log-groups/log-group/{group}"
        return {"cloudWatchLogs": configured, "groupName": group, "streamName": stream, "deepLink": link}

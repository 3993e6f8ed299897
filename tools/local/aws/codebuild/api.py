"""The API of CodeBuild: StartBuild, StopBuild, BatchGetBuilds, BatchGetProjects, ListBuilds, ListBuildsForProject,
ListProjects. Projects are created through CloudFormation."""

import json
from collections.abc import Callable

from tools.local.aws.codebuild.builds import Builds
from tools.local.aws.codebuild.records import Store, build_arn, project_arn
from tools.local.aws.codebuild.starting import Starter
from tools.local.aws.json_api import ApiError, Document, JsonService, page
from tools.local.engine.own_services import Asked

TARGET = "CodeBuild_20161006"
_OWN = ("token", "pipeline", "stopping")
_PAGE = 100


def arn_of_request(asked: Asked) -> str:
    """The resource that IAM checks: the project. Operations on several are checked on the first."""
    try:
        request = json.loads(asked.body or b"{}")
    except ValueError:
        return "*"
    if not isinstance(request, dict):
        return "*"
    name = request.get("projectName") or next(iter(request.get("names") or []), "")
    build = request.get("id") or next(iter(request.get("ids") or []), "")
    if not name and build:
        name = str(build).removeprefix(build_arn("")).partition(":")[0]
    return project_arn(str(name).removeprefix(project_arn(""))) if name else "*"


class CodeBuildService(JsonService):
    """A service of the engine; see `engine/own_services.py`."""

    def __init__(self, store: Store, starter: Starter, builds: Builds) -> None:
        self._store, self._starter, self._builds = store, starter, builds
        self.get_state, self.reset = store.get_state, store.reset
        self.load_persisted_state = store.load_persisted_state
        operations: dict[str, Callable[[Document], Document]] = {
            "StartBuild": self._start_build,
            "StopBuild": self._stop_build,
            "BatchGetBuilds": self._batch_get_builds,
            "BatchGetProjects": self._batch_get_projects,
            "ListBuilds": self._list_builds,
            "ListBuildsForProject": self._list_builds_for_project,
            "ListProjects": self._list_projects,
        }
        super().__init__("codebuild", operations, "InvalidInputException")

    def _start_build(self, request: Document) -> Document:
        return {"build": _view(self._starter.start(request))}

    def _stop_build(self, request: Document) -> Document:
        with self._store.lock:
            build = self._store.build(request["id"])
            if build["endTime"] is None:
                self._builds.stop(build)
            return {"build": _view(build)}

    def _batch_get_builds(self, request: Document) -> Document:
        with self._store.lock:
            found, missing = [], []
            for build_id in request["ids"]:
                try:
                    found.append(_view(self._store.build(build_id)))
                except ApiError:
                    missing.append(build_id)
            return {"builds": found, "buildsNotFound": missing}

    def _batch_get_projects(self, request: Document) -> Document:
        with self._store.lock:
            found, missing = [], []
            for name in request["names"]:
                try:
                    project = self._store.project(name)
                except ApiError:
                    missing.append(name)
                else:
                    found.append({key: value for key, value in project.items() if key != "number"})
            return {"projects": found, "projectsNotFound": missing}

    def _list_builds(self, request: Document) -> Document:
        ids = list(reversed(self._store.builds))
        return self._ids(ids, request)

    def _list_builds_for_project(self, request: Document) -> Document:
        name = self._store.project(request["projectName"])["name"]
        return self._ids([one["id"] for one in self._store.builds_of(name)], request)

    @staticmethod
    def _ids(ids: list[str], request: Document) -> Document:
        if request.get("sortOrder") == "ASCENDING":
            ids.reverse()
        shown, more = page(ids, request, _PAGE)
        return {"ids": shown, **more}

    def _list_projects(self, request: Document) -> Document:
        names, more = page(sorted(self._store.projects), request, _PAGE)
        return {"projects": names, **more}


def _view(build: Document) -> Document:
    """A build as the API shows it."""
    shown = {key: value for key, value in build.items() if key not in _OWN and value is not None}
    phases = [
        {**phase, **({"durationInSeconds": int(phase["endTime"] - phase["startTime"])} if phase.get("endTime") else {})}
        for phase in build["phases"]
    ]
    return {**shown, "phases": phases, "buildComplete": build["endTime"] is not None}

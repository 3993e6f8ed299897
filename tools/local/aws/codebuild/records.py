"""The records of projects and builds, and the store that keeps them.

A record has the members of CodeBuild's API and some of our own, which `api.py` leaves out. Times are seconds since the
epoch; `endTime` is None while a build waits or runs.
"""

import threading
from collections.abc import Callable
from copy import deepcopy

from tools.local.aws.json_api import ApiError, Document
from tools.local.home import ACCOUNT, REGION

KEPT_BUILDS = 100
"""How many finished builds of a project are kept. AWS keeps them for a year."""


def project_arn(name: str) -> str:
    return f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{name}"


def build_arn(build_id: str) -> str:
    return f"arn:aws:codebuild:{REGION}:{ACCOUNT}:build/{build_id}"


class Store:
    """The projects and builds of this cloud. Hold `lock` to read or change a record."""

    def __init__(self, clock: Callable[[], float], on_change: Callable[[], None] = lambda: None) -> None:
        self.lock = threading.RLock()
        self._clock, self._on_change = clock, on_change
        self.projects: dict[str, Document] = {}
        self.builds: dict[str, Document] = {}

    # --- saved state; the names are those that the engine calls ---

    def get_state(self) -> Document:
        with self.lock:
            return deepcopy({"projects": self.projects, "builds": self.builds})

    def load_persisted_state(self, data: Document) -> None:
        with self.lock:
            # An older version of the local cloud saved the engine's own records, in another form. They are not read.
            if isinstance(data.get("projects"), dict):
                self.projects, self.builds = data["projects"], data["builds"]

    def reset(self) -> None:
        with self.lock:
            self.projects.clear()
            self.builds.clear()

    def changed(self) -> None:
        """Have the state of the local cloud saved soon. Call it after each change of a record."""
        self._on_change()

    # --- projects ---

    def project(self, name: str) -> Document:
        found = self.projects.get(name.removeprefix(project_arn("")))
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Project cannot be found: {project_arn(name)}")
        return found

    def put_project(self, project: Document) -> Document:
        """Create a project or replace its settings. `number` is that of its last build."""
        with self.lock:
            present = self.projects.get(project["name"], {})
            now = self._clock()
            kept = {"created": present.get("created", now), "number": present.get("number", 0)}
            arn = project_arn(project["name"])
            self.projects[project["name"]] = {**project, "arn": arn, "lastModified": now, **kept}
            self.changed()
            return self.projects[project["name"]]

    def delete_project(self, name: str) -> None:
        """Delete a project and its finished builds. A build that runs goes on."""
        with self.lock:
            self.projects.pop(name, None)
            for build_id in [key for key, one in self.builds.items() if one["projectName"] == name and one["endTime"]]:
                del self.builds[build_id]
            self.changed()

    # --- builds ---

    def build(self, build_id: str) -> Document:
        found = self.builds.get(build_id.removeprefix(build_arn("")))
        if found is None:
            raise ApiError("ResourceNotFoundException", f"Build cannot be found: {build_id}")
        return found

    def add_build(self, build: Document) -> None:
        """Add a build, and delete the oldest finished ones of its project. Call it with the lock."""
        self.builds[build["id"]] = build
        finished = [
            key for key, one in self.builds.items() if one["projectName"] == build["projectName"] and one["endTime"]
        ]
        for old in finished[: max(0, len(finished) - KEPT_BUILDS)]:
            del self.builds[old]
        self.changed()

    def builds_of(self, name: str) -> list[Document]:
        """The builds of a project, newest first."""
        return [one for one in reversed(list(self.builds.values())) if one["projectName"] == name]

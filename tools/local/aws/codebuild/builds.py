"""The queue of builds: at most `ConcurrentBuildLimit` of a project run at once, the others wait."""

import logging
import time
from pathlib import Path

from tools.local.aws.codebuild.records import Store
from tools.local.aws.codebuild.running import Build, RepositoryOf
from tools.local.aws.json_api import Document
from tools.local.delivery.driver import Driver, Stopping

log = logging.getLogger("local.codebuild")

AT_ONCE = 20


class Builds:
    """Has builds run by the driver."""

    def __init__(self, store: Store, driver: Driver, folder: Path, caches: Path, repository_of: RepositoryOf) -> None:
        """`folder` is for builds that run; `caches` stays."""
        self._store, self._driver, self._folder, self._caches = store, driver, folder, caches
        self._repository_of = repository_of

    def resume(self) -> None:
        """Run the unfinished builds anew. Call it when the state has been loaded."""
        with self._store.lock:
            for build in self._store.builds.values():
                if build["endTime"] is None:
                    self.begin(build["id"])

    def begin(self, build_id: str) -> None:
        project = self._store.projects.get(self._store.build(build_id)["projectName"], {})
        limit = project.get("concurrentBuildLimit") or AT_ONCE
        self._driver.submit(
            f"codebuild {build_id}", f"codebuild/{project.get('name')}", lambda: self._run(build_id), limit=limit
        )

    def stop(self, build: Document) -> None:
        """Have a build end soon. One that waits ends without running."""
        build["stopping"] = True
        self._store.changed()

    def _run(self, build_id: str) -> None:
        record = self._store.builds.get(build_id)
        if record is None or record["endTime"] is not None:
            return
        if record["stopping"]:
            self._end(record, "STOPPED")
            return
        folder = self._folder / build_id.rpartition(":")[2]
        try:
            status = Build(self._store, record, folder, self._caches, self._repository_of, self._check).run()
        except Stopping:
            raise
        except Exception:
            log.exception("the build %s failed unexpectedly", build_id)
            status = "FAULT"
        self._end(record, status)

    def _check(self) -> None:
        """A build that the stop of the cloud interrupts runs anew at the next start."""
        if self._driver.stopping:
            raise Stopping("the cloud stops")

    def _end(self, record: Document, status: str) -> None:
        with self._store.lock:
            now = time.time()
            record["phases"].append({"phaseType": "COMPLETED", "startTime": now})
            record.update(buildStatus=status, currentPhase="COMPLETED", endTime=now)
            self._store.changed()

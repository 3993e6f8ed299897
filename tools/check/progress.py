"""How far a running pytest is: its plugin writes a line for each test, and `make test` reads them.

conftest.py loads the plugin. It writes only if the variable `ECOM_TEST_PROGRESS` names a file.
"""

import os
from pathlib import Path

import pytest

VARIABLE = "ECOM_TEST_PROGRESS"
_COLLECTED, _DONE, _FAILED = "collected", "done", "failed"


def pytest_configure(config: pytest.Config) -> None:
    # Taken out of the environment: the processes that tests start, and pytest's own workers, write nothing.
    if file := os.environ.pop(VARIABLE, ""):
        config.pluginmanager.register(Writer(Path(file)))


class Writer:
    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._write(_COLLECTED, str(len(session.items)))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """With pytest-xdist, each worker collects all tests."""
        self._write(_COLLECTED, str(len(ids)))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._write(_FAILED, report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._write(_FAILED, report.nodeid)
        if report.when == "teardown":
            self._write(_DONE, report.nodeid)

    def _write(self, what: str, value: str) -> None:
        with self._file.open("a") as out:
            out.write(f"{what} {value}\n")


class Tally:
    """The tests of one run so far, from its file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._position = 0
        self.collected = 0
        self.done = 0
        self.failed: list[str] = []

    def read(self) -> list[str]:
        """Read what was added since the last call, and return the tests that failed meanwhile."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as source:
            source.seek(self._position)
            added = source.read()
        added = added[: added.rfind(b"\n") + 1]  # the last line may be written at this moment
        self._position += len(added)
        before = len(self.failed)
        for line in added.decode().splitlines():
            what, _, value = line.partition(" ")
            if what == _COLLECTED:
                self.collected = int(value)
            elif what == _DONE:
                self.done += 1
            elif value not in self.failed:
                self.failed.append(value)
        return self.failed[before:]

    def __str__(self) -> str:
        if not self.collected:
            return "running"
        failed = f", {len(self.failed)} failed" if self.failed else ""
        return f"{self.done} of {self.collected}{failed}"

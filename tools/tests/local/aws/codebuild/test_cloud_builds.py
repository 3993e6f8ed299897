"""Builds on a temporary cloud, started without a pipeline."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.stacks import deployed, eventually, template

Build = dict[str, Any]
LIMIT = 60.0


class Project:
    def __init__(self, cloud: Cloud, name: str) -> None:
        self.api, self._logs, self.name = cloud.client("codebuild"), cloud.client("logs"), name

    def start(self, **options: Any) -> str:
        return str(self.api.start_build(projectName=self.name, **options)["build"]["id"])

    def build(self, build_id: str) -> Build:
        found: Build = self.api.batch_get_builds(ids=[build_id])["builds"][0]
        return found

    def ended(self, build_id: str) -> Build:
        def look() -> Build | None:
            found = self.build(build_id)
            return found if found["buildComplete"] else None

        return eventually(look, f"{build_id} ends", LIMIT)

    def log(self, build: Build) -> list[str]:
        group, stream = build["logs"]["groupName"], build["logs"]["streamName"]
        try:
            found = self._logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
        except ClientError:
            return []
        return [one["message"] for one in found["events"]]


MakeProject = Callable[..., Project]


@pytest.fixture
def make_project(cloud: Cloud) -> Iterator[MakeProject]:
    with ExitStack() as used:

        def make(name: str, commands: str, **parameters: str) -> Project:
            spec = f"version: 0.2\n{commands}"
            used.enter_context(deployed(cloud, name, template("build"), Name=name, BuildSpec=spec, **parameters))
            return Project(cloud, name)

        yield make


def test_a_build_has_the_documented_environment_and_nothing_of_the_host(
    cloud: Cloud, make_project: MakeProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The page "Environment variables in build environments".
    monkeypatch.setenv("ECOM_SOMETHING", "of the host")
    project = make_project(
        "env",
        """
env:
  variables: {FROM_SPEC: spec, FROM_PROJECT: spec, FROM_START: spec}
  parameter-store: {PARAMETER: /env/parameter}
phases:
  pre_build:
    commands: [env, 'echo "values: $SECRET $PARAMETER"']
  post_build:
    commands:
      - 'echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING in $PWD"'
      - python -c "import sys; print('prefix', sys.prefix)"
""",
    )
    build = project.ended(
        project.start(environmentVariablesOverride=[{"name": "FROM_START", "value": "start", "type": "PLAINTEXT"}])
    )
    lines = project.log(build)
    assert build["buildStatus"] == "SUCCEEDED", "\n".join(lines)
    found = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("["))
    expected = {
        "CI": "true",
        "CODEBUILD_BUILD_ID": build["id"],
        "CODEBUILD_BUILD_ARN": build["arn"],
        "CODEBUILD_BUILD_NUMBER": "1",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "FROM_SPEC": "spec",
        "FROM_PROJECT": "project",
        "FROM_START": "start",
        "SECRET": "***",
        "PARAMETER": "***",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert found["AWS_ACCESS_KEY_ID"] != cloud.environment["AWS_ACCESS_KEY_ID"]
    assert not [name for name in found if name.startswith("ECOM_")]
    assert found["HOME"] != os.environ["HOME"]
    assert "values: *** ***" in lines
    assert f"succeeding: 1 in {found['CODEBUILD_SRC_DIR']}" in lines
    assert not any("hidden" in line for line in lines)
    prefix = next(line for line in lines if line.startswith("prefix"))
    assert str(cloud.home.folder) in prefix

    phases = [phase["phaseType"] for phase in build["phases"]]
    assert phases == [
        "SUBMITTED",
        "QUEUED",
        "PROVISIONING",
        "DOWNLOAD_SOURCE",
        "INSTALL",
        "PRE_BUILD",
        "BUILD",
        "POST_BUILD",
        "UPLOAD_ARTIFACTS",
        "FINALIZING",
        "COMPLETED",
    ]


def test_the_log_is_readable_while_the_build_runs_and_a_stop_ends_it(cloud: Cloud, make_project: MakeProject) -> None:
    project = make_project("stop", "phases: {build: {commands: [echo begun, sleep 600]}}", Limit="1")
    running, waiting = project.start(), project.start()
    eventually(lambda: "begun" in project.log(project.build(running)), "the log has the first line", LIMIT)
    assert project.build(running)["currentPhase"] == "BUILD"
    assert project.build(waiting)["currentPhase"] == "SUBMITTED"  # ConcurrentBuildLimit is 1
    begin = time.monotonic()
    for build in (waiting, running):
        project.api.stop_build(id=build)
    assert project.ended(running)["buildStatus"] == "STOPPED"
    assert project.ended(waiting)["buildStatus"] == "STOPPED"
    assert time.monotonic() - begin < 30
    assert project.api.list_builds_for_project(projectName="stop")["ids"] == [waiting, running]


def test_a_failed_build_runs_post_build_and_a_failed_pre_build_does_not(make_project: MakeProject) -> None:
    # The page "Build phase transitions".
    project = make_project(
        "phases",
        """
phases:
  pre_build: {commands: ['test "$STEP" != pre_build']}
  build: {commands: ['test "$STEP" != build']}
  post_build: {commands: ['echo "succeeding: $CODEBUILD_BUILD_SUCCEEDING"']}
""",
    )
    ran = {}
    for step in ("pre_build", "build"):
        variables = [{"name": "STEP", "value": step, "type": "PLAINTEXT"}]
        build = project.ended(project.start(environmentVariablesOverride=variables))
        assert build["buildStatus"] == "FAILED"
        ran[step] = [phase["phaseType"] for phase in build["phases"]], "succeeding: 0" in project.log(build)
    assert ran["pre_build"] == (
        ["SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "COMPLETED"],
        False,
    )
    assert "POST_BUILD" in ran["build"][0]
    assert ran["build"][1]


def test_a_role_that_may_not_log_fails_the_build(make_project: MakeProject) -> None:
    project = make_project("nolog", "phases: {build: {commands: [echo begun]}}", MayLog="no")
    build = project.ended(project.start())
    assert build["buildStatus"] == "FAILED"
    failed = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    assert failed["contexts"][0]["statusCode"] == "ACCESS_DENIED"
    assert "logs:CreateLog" in failed["contexts"][0]["message"]


def test_a_cache_folder_stays_for_the_next_build(make_project: MakeProject) -> None:
    project = make_project(
        "cache",
        """
phases: {build: {commands: ['cat kept/runs 2>/dev/null || true', 'echo run >> kept/runs']}}
cache: {paths: ['kept/**/*']}
""",
    )
    counts = []
    for _ in range(2):
        build = project.ended(project.start())
        counts.append([line for line in project.log(build) if line == "run"])
    assert counts == [[], ["run"]]


def test_an_unknown_key_fails_the_build_by_its_name(make_project: MakeProject) -> None:
    project = make_project("unknownkey", "reports: {unit: {files: [a.xml]}}\nphases: {build: {commands: [ls]}}")
    build = project.ended(project.start())
    failed = next(phase for phase in build["phases"] if phase.get("phaseStatus") == "FAILED")
    assert failed["phaseType"] == "DOWNLOAD_SOURCE"
    assert "does not know reports of buildspec" in failed["contexts"][0]["message"]

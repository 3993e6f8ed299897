"""`make tests-unit`, `tests-integ`, ...: run pytest on a service's suites, each named for what it needs."""

import os
import subprocess
import sys
from collections.abc import Sequence

from tools import ROOT
from tools.local.client import read_environment
from tools.local.home import Home
from tools.project.aws import target
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import Service, names


def run_suites(
    service: Service, suites: Sequence[str], environ: dict[str, str] | None = None, options: Sequence[str] = ()
) -> str:
    """Run those suites that the service has. Raises a Problem when one fails; pytest has printed why."""
    folders = [f"{service.name}/tests/{suite}" for suite in suites if (service.folder / "tests" / suite).is_dir()]
    if not folders:
        return f"has no {' or '.join(suites)} tests"
    command = [sys.executable, "-m", "pytest", "-q", *options, *folders]
    done = subprocess.run(command, cwd=ROOT, env=environ or dict(os.environ), check=False)
    if done.returncode:
        raise Problem(f"{' and '.join(suites)} tests of {service.name} fail")
    return f"{' and '.join(suites)} tests pass"


def deployed_environ(environment: Environment) -> dict[str, str]:
    """Variables by which a black-box test finds its platform: those of the SDK, and the environment's name."""
    environ = {**os.environ, "ENVIRONMENT": environment.name, "ECOM_ENVIRONMENT": environment.name}
    if environment.endpoint:
        return {**environ, "AWS_ENDPOINT_URL": environment.endpoint}
    if environment.is_local:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            environ.pop(name, None)
        return {**environ, **read_environment(Home.from_environment())}
    return {**environ, "AWS_REGION": environment.region, "AWS_DEFAULT_REGION": environment.region}


def nothing_left(environment: Environment) -> list[str]:
    """On the local cloud, the tests also fail if they leave something. On AWS and in pipelines others may change the
    environment meanwhile."""
    return ["--nothing-left"] if environment.is_local and not environment.endpoint else []


def unit(service: Service, _: Environment) -> str:
    return run_suites(service, ["unit"])


def infra(service: Service, _: Environment) -> str:
    return run_suites(service, ["infra"])


def deployed(service: Service, environment: Environment) -> str:
    target(environment)  # raises a Problem when the platform is not running
    return run_suites(service, ["deployed"], deployed_environ(environment), nothing_left(environment))


def integration(service: Service, environment: Environment) -> str:
    """Run `integration`, which needs no cloud, and then `deployed`: on AWS always, locally if the cloud is up."""
    result = run_suites(service, ["integration"])
    if environment.is_local and not environment.endpoint and Home.from_environment().running() is None:
        return f"{result}; the deployed suite needs the local cloud: `make up`"
    return f"{result}; {deployed(service, environment)}"


def end_to_end(environment: Environment, *, whole: bool) -> str:
    """Run the tests of the platform; with `whole`, the `deployed` suites of the services in the same run."""
    target(environment)
    folders = ["tests"]
    if whole:
        suites = (f"{name}/tests/deployed" for name in names())
        folders += [suite for suite in suites if (ROOT / suite).is_dir()]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "deployed", *nothing_left(environment), *folders]
    if subprocess.run(command, cwd=ROOT, env=deployed_environ(environment), check=False).returncode:
        raise Problem("tests of the running platform fail")
    return "tests of the running platform pass"

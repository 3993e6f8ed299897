"""environments.yaml: where the platform can run. The variable `ENVIRONMENT` chooses one; the default is `local`.

In a build of a pipeline on the local cloud every environment is on that cloud: `ECOM_LOCAL_ENDPOINT` is its URL, and
the shell has the credentials of the build's role.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tools import ROOT
from tools.project.documents import line_of, read_yaml, relative
from tools.project.problems import Problem, WrongUse

KEYS = {"cloud", "region", "account", "parameters", "artifacts_bucket", "services"}
LOCAL_ENDPOINT = "ECOM_LOCAL_ENDPOINT"
LOCAL_REGION = "us-east-1"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ACCOUNT = re.compile(r"[0-9]{12}")
NAME = re.compile(r"[a-z][a-z0-9-]*")


@dataclass(frozen=True)
class Environment:
    """One environment: its cloud, its region, and values for the parameters that templates declare."""

    name: str
    cloud: str
    region: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    artifacts_bucket: str = ""
    account: str = ""
    """Its AWS account, where it is not the account of the pipelines."""
    endpoint: str = ""
    """The local cloud, in a build of a pipeline there."""

    @property
    def is_local(self) -> bool:
        return self.cloud == "local"

    def stack(self, service: str) -> str:
        return f"ecommerce-{self.name}-{service}"

    def command(self, verb: str, service: str = "") -> str:
        """The command that runs a verb in this environment, for messages."""
        prefix = "" if self.name == "local" else f"ENVIRONMENT={self.name} "
        return f"`{prefix}make {verb}{'-' + service if service else ''}`"


def read_all(
    path: Path = ROOT / "environments.yaml", environ: Mapping[str, str] = os.environ
) -> dict[str, Environment]:
    document = read_yaml(path)
    listed = document.get("environments")
    if not isinstance(listed, dict) or not listed:
        raise Problem(f"{relative(path)}: it must have a map `environments`, one entry for each")
    known = {str(name): _read(path, str(name), given) for name, given in listed.items()}
    endpoint = environ.get(LOCAL_ENDPOINT)
    if endpoint and urlsplit(endpoint).hostname not in LOOPBACK:
        raise Problem(f"{LOCAL_ENDPOINT}={endpoint} is not on this machine; unset it, only builds of pipelines need it")
    return {name: on_local_cloud(each, endpoint) for name, each in known.items()} if endpoint else known


def on_local_cloud(environment: Environment, endpoint: str) -> Environment:
    return replace(environment, cloud="local", region=LOCAL_REGION, account="", endpoint=endpoint)


def _read(path: Path, name: str, given: Any) -> Environment:
    def fault(what: str, *keys: str) -> Problem:
        return Problem(f"{relative(path)}:{line_of(path, 'environments', name, *keys)}: {name}: {what}")

    if not NAME.fullmatch(name):
        raise fault("a name may have lower-case letters, digits and dashes only")
    if not isinstance(given, dict):
        raise fault("it must be a map with `cloud` and `region`")
    for key in given:
        if key not in KEYS:
            raise fault(f"unknown key {key}; known keys: {', '.join(sorted(KEYS))}", str(key))
    if given.get("cloud") not in ("local", "aws"):
        raise fault("`cloud` must be local or aws", "cloud")
    if not isinstance(given.get("region"), str):
        raise fault("`region` must be a string such as eu-west-1", "region")
    account = str(given.get("account") or "")
    if account and not ACCOUNT.fullmatch(account):
        raise fault("`account` must be the 12 digits of an AWS account, in quotes", "account")
    services = given.get("services") or {}
    if not isinstance(services, dict):
        raise fault("`services` must be a map from a service to its parameters", "services")
    return Environment(
        name,
        given["cloud"],
        given["region"],
        _values(given.get("parameters"), fault, "parameters"),
        {str(key): _values(value, fault, "services", str(key)) for key, value in services.items()},
        str(given.get("artifacts_bucket") or ""),
        account,
    )


def _values(given: Any, fault: Any, *keys: str) -> dict[str, str]:
    given = given or {}
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise fault(f"`{keys[0]}` must be a map from a parameter's name to its value", *keys)
    return {str(key): _text(value) for key, value in given.items()}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def chosen(environ: Mapping[str, str] = os.environ, path: Path = ROOT / "environments.yaml") -> Environment:
    name = environ.get("ENVIRONMENT") or "local"
    known = read_all(path, environ)
    if name not in known:
        raise WrongUse(f"unknown ENVIRONMENT {name}; known environments: {', '.join(known)}")
    return known[name]

"""The environment variables of a build. The page "Environment variables in build environments".

Where names are equal, those of StartBuild precede those of the project, which precede those of the buildspec.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.local.aws.codebuild.buildspec import Spec, SpecError
from tools.local.aws.iam.engine_sessions import Credentials
from tools.local.aws.json_api import Document
from tools.local.aws.own_clients import endpoint
from tools.local.home import ACCOUNT, REGION

HOST_NAMES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "http_proxy",
    "https_proxy",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "NPM_CONFIG_REGISTRY",
)
"""What a build takes from the environment in which the cloud was started: how package registries are reached."""
_host: dict[str, str] = {}


def keep_host(environ: Mapping[str, str]) -> None:
    """Remember how this machine reaches package registries. Call it before the engine replaces the environment."""
    _host.update({name: environ[name] for name in HOST_NAMES if environ.get(name)})
    home = Path(environ.get("HOME", "/"))
    for file in (home / ".config/pip/pip.conf", home / ".pip/pip.conf"):
        if file.is_file():
            _host.setdefault("PIP_CONFIG_FILE", str(file))


def of_host() -> dict[str, str]:
    """Variables of the machine, and that requests to this cloud use no proxy."""
    return {**_host, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def of_aws(credentials: Credentials) -> dict[str, str]:
    """What the AWS CLI and the SDKs of a build use: the service role's credentials, and this cloud."""
    return {
        "AWS_ACCESS_KEY_ID": credentials.key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret,
        "AWS_SESSION_TOKEN": credentials.token,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint(),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def of_build(build: Document, sources: Mapping[str, Path]) -> dict[str, str]:
    """The variables that CodeBuild provides. `sources` has the folder of the primary source under an empty name."""
    source = build["source"]
    variables = {
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ARN": build["arn"],
        "CODEBUILD_BUILD_ID": build["id"],
        "CODEBUILD_BUILD_IMAGE": build["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build["buildNumber"]),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": build["initiator"],
        "CODEBUILD_KMS_KEY_ID": build["encryptionKey"],
        "CODEBUILD_LOG_PATH": build["logs"].get("streamName", ""),
        "CODEBUILD_PROJECT_ARN": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/{build['projectName']}",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.get("resolvedSourceVersion", ""),
        "CODEBUILD_SOURCE_REPO_URL": source.get("location", ""),
        "CODEBUILD_SOURCE_VERSION": build.get("sourceVersion", ""),
        "CODEBUILD_SRC_DIR": str(sources[""]),
        "CODEBUILD_START_TIME": str(int(build["startTime"] * 1000)),
    }
    for name, folder in sources.items():
        if name:
            variables[f"CODEBUILD_SRC_DIR_{name}"] = str(folder)
    return variables


def of_user(spec: Spec, build: Document, clients: Any) -> tuple[dict[str, str], list[str]]:
    """The variables of buildspec, project and StartBuild, and the values that the log must not show.

    Parameters and secrets are read with the service role. Raises ClientError.
    """
    values, hidden = dict(spec.variables), []
    for name, parameter in spec.parameters.items():
        values[name] = _parameter(clients, parameter)
        hidden.append(values[name])
    for name, secret in spec.secrets.items():
        values[name] = _secret(clients, secret)
        hidden.append(values[name])
    for one in build["environment"].get("environmentVariables", []):
        kind = one.get("type", "PLAINTEXT")
        if kind == "PARAMETER_STORE":
            values[one["name"]] = _parameter(clients, one["value"])
        elif kind == "SECRETS_MANAGER":
            values[one["name"]] = _secret(clients, one["value"])
        else:
            values[one["name"]] = one["value"]
        if kind != "PLAINTEXT":
            hidden.append(values[one["name"]])
    for name in values:
        if name.startswith("CODEBUILD_"):
            raise SpecError(f"the variable {name} has a reserved name: CODEBUILD_")
    return values, hidden


def _parameter(clients: Any, name: str) -> str:
    """CodeBuild reads parameters with ssm:GetParameters."""
    found = clients["ssm"].get_parameters(Names=[name], WithDecryption=True)["Parameters"]
    if not found:
        raise SpecError(f"Parameter Store error: the parameter {name} does not exist")
    return str(found[0]["Value"])


def _secret(clients: Any, reference: str) -> str:
    """`secret-id:json-key:version-stage:version-id`, of which the first part may be an ARN."""
    parts = reference.split(":")
    taken = 7 if reference.startswith("arn:") else 1
    secret_id, rest = ":".join(parts[:taken]), [*parts[taken:], "", "", ""]
    version = {"VersionStage": rest[1]} if rest[1] else {}
    if rest[2]:
        version["VersionId"] = rest[2]
    text = str(clients["secretsmanager"].get_secret_value(SecretId=secret_id, **version)["SecretString"])
    if not rest[0]:
        return text
    try:
        return str(json.loads(text)[rest[0]])
    except (ValueError, KeyError, TypeError):
        raise SpecError(f"Secrets Manager error: {secret_id} has no JSON key {rest[0]}") from None

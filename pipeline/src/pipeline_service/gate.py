"""The rules of the gate: whether a service may be deployed to an environment, and with which settings. Pure."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping

from pipeline_service.commits import Deployment, Revision

# What `check_dependencies` says: `orders needs products at 1a2b3c4d (number 812): tests has ...`. CodePipeline keeps
# the message of a failed action, so `needs_of` finds in it what the gate waits for.
NEEDS = re.compile(r"needs (?P<service>[a-z0-9-]+) at (?P<commit>[0-9a-f]+) \(number (?P<number>\d+)\)")


class NotDeployable(Exception):
    """The service cannot be deployed to the environment now. The text says why, and what to do."""


def check_dependencies(deployment: Deployment, environment: str, deployed_revision: Callable[[str], Revision]) -> None:
    """Raise NotDeployable when a service that this one needs is missing in the environment or has an older revision."""
    missing = []
    for name, needed in sorted(deployment.dependencies.items()):
        present = deployed_revision(name)
        if present < needed:
            has = f"has {present}" if present.number else "has no version of it that passed"
            missing.append(f"{deployment.service} needs {name} at {needed}: {environment} {has}")
    if missing:
        raise NotDeployable("; ".join(missing) + f". The gate is retried when that has passed {environment}")


def needs_of(message: str) -> dict[str, Revision]:
    """The services and revisions that a failed gate waits for, from its message. Empty if it failed otherwise."""
    return {found["service"]: Revision(int(found["number"]), found["commit"]) for found in NEEDS.finditer(message)}


def settings(
    deployment: Deployment, environment: str, template: bytes, resolve: Callable[..., Mapping[str, str]]
) -> str:
    """The template configuration file of the CloudFormation action.

    `resolve` returns the values of those SSM parameters that exist, by name. Raises NotDeployable when one does not.
    """
    values = dict(deployment.parameters[environment])
    resolved = resolve([values[name] for name in sorted(deployment.from_ssm)])
    absent = sorted(values[name] for name in deployment.from_ssm if values[name] not in resolved)
    if absent:
        raise NotDeployable(f"{deployment.service} needs the SSM parameters {', '.join(absent)}, which do not exist")
    if deployment.hash_parameter:
        effective = {name: resolved.get(value, value) for name, value in values.items()}
        digest = hashlib.sha256(template + json.dumps(effective, sort_keys=True).encode())
        values[deployment.hash_parameter] = digest.hexdigest()
    return json.dumps({"Parameters": values, "Tags": dict(deployment.tags[environment])}, indent=1)

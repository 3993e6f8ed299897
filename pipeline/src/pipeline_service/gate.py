"""May a service be deployed to an environment, and with which settings?"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping

from pipeline_service.commits import Deployment, Revision

# In the message of a failed gate: `orders needs products at 1a2b3c4d (number 812): tests has ...`.
NEEDS = re.compile(r"needs (?P<service>[a-z0-9-]+) at (?P<commit>[0-9a-f]+) \(number (?P<number>\d+)\)")
Deployed = Callable[[str], Revision]


class NotYet(Exception):
    """The environment lacks something. The text says what."""


def check_dependencies(deployment: Deployment, environment: str, deployed: Deployed) -> None:
    missing = []
    for name, needed in sorted(deployment.dependencies.items()):
        there = deployed(name)
        if there < needed:
            has = f"has {there}" if there.number else "has no version of it that passed"
            missing.append(f"{deployment.service} needs {name} at {needed}: {environment} {has}")
    if missing:
        raise NotYet("; ".join(missing) + ". It is tried again when that arrives")


def needs_of(message: str) -> dict[str, Revision]:
    """What the message of a failed gate says is missing."""
    return {found["service"]: Revision(int(found["number"]), found["commit"]) for found in NEEDS.finditer(message)}


def settings(
    deployment: Deployment, environment: str, template: bytes, resolve: Callable[..., Mapping[str, str]]
) -> str:
    """The template configuration file of the CloudFormation action. Raises NotYet when an SSM parameter is missing."""
    values = dict(deployment.parameters[environment])
    resolved = resolve([values[name] for name in sorted(deployment.from_ssm)])
    absent = sorted(values[name] for name in deployment.from_ssm if values[name] not in resolved)
    if absent:
        raise NotYet(f"{deployment.service} needs the SSM parameters {', '.join(absent)}, which do not exist")
    if deployment.hash_parameter:
        effective = {name: resolved.get(value, value) for name, value in values.items()}
        digest = hashlib.sha256(template + json.dumps(effective, sort_keys=True).encode())
        values[deployment.hash_parameter] = digest.hexdigest()
    return json.dumps({"Parameters": values, "Tags": dict(deployment.tags[environment])}, indent=1)

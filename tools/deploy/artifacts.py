"""`make artifacts`: the input of a deployment pipeline: the packaged template, and the metadata to deploy it.

The metadata has the parameters and tags for each environment of environments.yaml but `local`, so that what was built
once is deployed to all of them. It has no values of SSM parameters, which belong to an environment and may change
before the deployment. So the deployment computes the hash of the configuration.
"""

import json
import shutil
import subprocess
from dataclasses import replace
from typing import Any

from tools import ROOT
from tools.deploy import role_boundaries
from tools.deploy.bucket import Bucket
from tools.deploy.build import build
from tools.deploy.deploy import parameters, stack_tags
from tools.deploy.package import CONFIGURATION_HASH, declared, package
from tools.project.aws import Target
from tools.project.environments import Environment, read_all
from tools.project.services import SSM_TYPE, Service


def artifacts(service: Service, target: Target) -> str:
    build(service, target.environment)
    packaged = package(service, Bucket(target))
    values, known = parameters(service, target, None), declared(service)
    folder = service.build / "artifacts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "template.json").write_text(packaged.body)
    document = {
        **service.metadata,
        "environment": target.environment.name,
        "stack": target.environment.stack(service.name),
        "template": packaged.url,
        "parameters": values,
        "tags": stack_tags(service, target),
        "dependencies": list(service.dependencies),
        "commit": commit(),
        "from_ssm": sorted(name for name, each in known.items() if each["Type"].startswith(SSM_TYPE)),
        "hash_parameter": CONFIGURATION_HASH if CONFIGURATION_HASH in json.loads(packaged.body)["Parameters"] else "",
        "environments": {each.name: _for(service, replace(target, environment=each)) for each in of_pipelines()},
    }
    (folder / "metadata.json").write_text(json.dumps(document, indent=2) + "\n")
    return f"{service.name}/build/artifacts/ holds template.json and metadata.json"


def of_pipelines() -> list[Environment]:
    """The environments that a pipeline may deploy to: all but `local`."""
    return [each for name, each in read_all().items() if name != "local"]


def _for(service: Service, target: Target) -> dict[str, Any]:
    values = parameters(service, target, None)
    if role_boundaries.PARAMETER in values:  # `make bootstrap-pipeline` has made the policy
        values[role_boundaries.PARAMETER] = role_boundaries.policy_name(target.environment.name, service.name)
    return {"parameters": values, "tags": stack_tags(service, target)}


def commit() -> str:
    """The commit of the checkout, with `+` when files differ from it. Empty outside git."""
    done = subprocess.run(
        ["git", "describe", "--always", "--abbrev=40", "--dirty=+"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip()

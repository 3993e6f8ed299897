"""`make artifacts`: the input of a deployment pipeline: the packaged template, and the metadata to deploy it."""

import json
import shutil
import subprocess

from tools import ROOT
from tools.deploy.bucket import Bucket
from tools.deploy.build import build
from tools.deploy.deploy import parameters, resolve, stack_tags, versioned
from tools.deploy.package import package
from tools.project.aws import Target
from tools.project.services import Service


def artifacts(service: Service, target: Target) -> str:
    build(service, target.environment)
    packaged = package(service, Bucket(target))
    values = parameters(service, target, None)
    folder = service.build / "artifacts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "template.json").write_text(packaged.body)
    document = {
        **service.metadata,
        "environment": target.environment.name,
        "stack": target.environment.stack(service.name),
        "template": packaged.url,
        "parameters": values | versioned(packaged, resolve(values, service, target)),
        "tags": stack_tags(service, target),
        "dependencies": list(service.dependencies),
        "commit": commit(),
    }
    (folder / "metadata.json").write_text(json.dumps(document, indent=2) + "\n")
    return f"{service.name}/build/artifacts/ holds template.json and metadata.json"


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

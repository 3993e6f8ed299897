"""The templates of a service as CloudFormation creates resources from them: packaged, then transformed by SAM.

Code is not built for this: a packaged template names it by a fixed key.
"""

import contextlib
import copy
import functools
import importlib
import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.deploy.gradual_deployment import CONDITION, ENABLED
from tools.deploy.package import Packager, prepared
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import SSM_TYPE, Service, discover, read_template

REGION = "eu-west-1"
BUCKET = "artifacts"
# `make bootstrap-pipeline` deploys roles and boundaries of each environment beside the service `pipeline`.
OTHER_STACKS = ("environment.yaml", "boundaries.yaml")
_POLICIES = ("service-role/AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess", "AWSXRayDaemonWriteAccess")
# SAM's translator reads the region from the environment, and is not safe to use from two threads.
_lock = threading.Lock()


@dataclass(frozen=True)
class Template:
    """One template. `packaged` is what CloudFormation receives, `body` what it creates."""

    service: str
    file: str
    packaged: str
    body: dict[str, Any]
    gradual: bool = False
    """Whether it is transformed with gradual deployments, as in prod."""

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.body["Resources"]
        return found


class _Bucket:
    """An artifact bucket that has everything."""

    name = BUCKET
    environment = Environment("dev", "aws", REGION)

    def put(self, key: str, content: Callable[[], bytes]) -> bool:
        del key, content
        return False

    def url(self, key: str) -> str:
        return f"https://{BUCKET}.s3.{REGION}.amazonaws.com/{key}"


class _WithoutCode(Packager):
    """Packages without building the code, and keeps the templates."""

    def __init__(self, service: Service) -> None:
        super().__init__(service, _Bucket())
        self.stored: dict[Path, str] = {}

    def store_template(self, path: Path, body: str) -> str:
        self.stored[path.resolve()] = body
        return super().store_template(path, body)

    def code(self, path: Path, location: str) -> str:
        del path, location
        return f"s3://{BUCKET}/{self.service.name}/code/{'0' * 32}.zip"


@functools.cache
def of_service(root: Path, name: str) -> tuple[Template, ...]:
    """The service's template, its other stacks, and what is nested in them. Raises a Problem that says why
    CloudFormation would refuse them."""
    service = discover(root)[name]
    packager = _WithoutCode(service)
    packager.store_template(service.template_path, packager.packaged(service.template_path, prepared(service)))
    for path in (service.folder / other for other in OTHER_STACKS if (service.folder / other).is_file()):
        packager.store_template(path, packager.packaged(path, read_template(path)))
    with _lock:
        return tuple(_transformed(packager.stored, service, root))


def _transformed(templates: Mapping[Path, str], service: Service, root: Path) -> Iterator[Template]:
    """Each template, and again with gradual deployments where they make a difference."""
    for path, text in templates.items():
        file, body = str(path.relative_to(root.resolve())), json.loads(text)
        if ENABLED not in (body.get("Parameters") or {}):
            yield Template(service.name, file, text, transform(body, service))
            continue
        for gradual in (False, True):
            value = {**body["Parameters"][ENABLED], "Default": str(gradual).lower()}
            variant = {**copy.deepcopy(body), "Parameters": {**body["Parameters"], ENABLED: value}}
            decided = _decided(transform(variant, service), gradual)
            yield Template(service.name, file, text, decided, gradual)


def _decided(template: dict[str, Any], gradual: bool) -> dict[str, Any]:
    """The template with the condition of gradual deployments decided: cfn-lint does not know the parameter's value."""
    conditions = {name: each for name, each in template["Conditions"].items() if name != CONDITION}
    kept = {
        name: {key: value for key, value in each.items() if (key, value) != ("Condition", CONDITION)}
        for name, each in template["Resources"].items()
        if gradual or each.get("Condition") != CONDITION
    }
    return {**template, "Conditions": conditions, "Resources": kept}


def transform(template: dict[str, Any], service: Service) -> dict[str, Any]:
    """Apply SAM's transform. Raises a Problem with SAM's reasons."""
    if "AWS::Serverless-2016-10-31" not in json.dumps(template.get("Transform", "")):
        return template
    translator: Any = importlib.import_module("samtranslator.translator.translator")
    parser: Any = importlib.import_module("samtranslator.parser.parser")
    errors: Any = importlib.import_module("samtranslator.model.exceptions")
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    policies = {policy.rpartition("/")[2]: f"arn:aws:iam::aws:policy/{policy}" for policy in _POLICIES}
    values = {
        name: parameter["Default"]
        for name, parameter in (template.get("Parameters") or {}).items()
        if "Default" in parameter and not parameter["Type"].startswith(SSM_TYPE)
    }
    before = os.environ.get("AWS_DEFAULT_REGION")
    os.environ["AWS_DEFAULT_REGION"] = REGION
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            transformed: dict[str, Any] = translator.Translator(policies, parser.Parser()).translate(template, values)
    except errors.InvalidDocumentException as error:
        reasons = "; ".join(cause.message for cause in error.causes)
        raise Problem(f"{service.name}/template.yaml: SAM cannot transform it: {reasons}") from None
    finally:
        if before is None:
            del os.environ["AWS_DEFAULT_REGION"]
        else:
            os.environ["AWS_DEFAULT_REGION"] = before
    return transformed

"""The templates of a service as CloudFormation creates resources from them: packaged, then transformed by SAM.

Code is not built for this: a packaged template names it by a fixed key.
"""

import contextlib
import functools
import importlib
import io
import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.deploy.package import Packager, prepared
from tools.project.environments import Environment
from tools.project.problems import Problem
from tools.project.services import SSM_TYPE, Service, discover

REGION = "eu-west-1"
BUCKET = "artifacts"
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

    @property
    def resources(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = self.body["Resources"]
        return found


class _Shelf:
    """An artifact bucket that keeps the templates it gets."""

    name = BUCKET
    environment = Environment("dev", "aws", REGION)

    def __init__(self) -> None:
        self.templates: dict[str, str] = {}

    def put(self, key: str, content: Callable[[], bytes]) -> bool:
        self.templates[key] = content().decode()
        return True

    def url(self, key: str) -> str:
        return f"https://{BUCKET}.s3.{REGION}.amazonaws.com/{key}"


class _WithoutCode(Packager):
    def code(self, path: Path, location: str) -> str:
        del path, location
        return f"s3://{BUCKET}/{self.service.name}/code/{'0' * 32}.zip"


@functools.cache
def of_service(root: Path, name: str) -> tuple[Template, ...]:
    """The service's template and its nested ones. Raises a Problem that says why CloudFormation would refuse them."""
    service, shelf = discover(root)[name], _Shelf()
    packager = _WithoutCode(service, shelf)
    packager.store_template(service.template_path, packager.packaged(service.template_path, prepared(service.template)))
    with _lock:
        return tuple(
            Template(name, _file(service, key, root), body, transform(json.loads(body), service))
            for key, body in shelf.templates.items()
        )


def _file(service: Service, key: str, root: Path) -> str:
    """The local file of a stored template."""
    stem = key.rpartition("/")[2].rpartition("-")[0]
    own = service.folder / f"{stem}.yaml"
    return str((own if own.is_file() else root / "shared" / "templates" / f"{stem}.yaml").relative_to(root))


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

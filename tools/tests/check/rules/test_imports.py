"""Imports run one way, domains are pure, and an import has no side effects."""

import pytest

from tools.check.rules.imports import check_imports
from tools.tests.check.rules.conftest import MakeRepository

SERVICE = "orders/src/orders_service"


@pytest.mark.parametrize(
    ("file", "code", "expected"),
    [
        (f"{SERVICE}/x.py", "import users_service.domain", "services never import each other"),
        (f"{SERVICE}/x.py", "from users_service import domain", "services never import each other"),
        (f"{SERVICE}/x.py", "def f():\n    import users_service", "services never import each other"),
        (f"{SERVICE}/x.py", "from tools.project.aws import session", "tools does not ship"),
        (f"{SERVICE}/x.py", "from ecom_testkit import polling", "ecom_testkit does not ship"),
        (f"{SERVICE}/x.py", "import requests", "is not in the package"),
        (f"{SERVICE}/x.py", "import boto3\nTABLE = boto3.client('dynamodb')", "creates a client when it is imported"),
        (f"{SERVICE}/x.py", "from ecom.aws import client\nC = client('sqs')", "creates a client when it is imported"),
        (f"{SERVICE}/x.py", "class A:\n    c = session.resource('s3')", "creates a client when it is imported"),
        (f"{SERVICE}/x.py", "def f(c=boto3.client('s3')): ...", "creates a client when it is imported"),
        (f"{SERVICE}/handlers/x.py", "import boto3", "handlers do not use AWS's SDK"),
        (f"{SERVICE}/handlers/x.py", "from botocore.exceptions import ClientError", "handlers do not use"),
        (f"{SERVICE}/domain.py", "import os", "a domain is pure"),
        (f"{SERVICE}/domain.py", "import boto3", "a domain is pure"),
        (f"{SERVICE}/domain.py", "import random", "a domain is pure"),
        (f"{SERVICE}/domain.py", "from ecom.aws import client", "a domain is pure"),
        (f"{SERVICE}/domain.py", "from ecom import publish", "a domain is pure"),
        (
            f"{SERVICE}/domain.py",
            "from datetime import datetime, UTC\ndef f():\n    return datetime.now(UTC)",
            "datetime.now",
        ),
        (
            f"{SERVICE}/domain.py",
            "import datetime\ndef f():\n    return datetime.datetime.now()",
            "datetime.datetime.now",
        ),
        (f"{SERVICE}/domain.py", "from uuid import uuid4\ndef f():\n    return uuid4()", "calls uuid4"),
        (f"{SERVICE}/domain/prices.py", "import time", "a domain is pure"),
        ("orders/tests/unit/test_x.py", "from users_service import domain", "another service's"),
        ("orders/tests/unit/test_x.py", "from users.tests import builders", "another service's"),
        ("shared/src/ecom/x.py", "import orders_service", "is not for ecom"),
        ("shared/src/ecom/x.py", "import ecom_testkit", "is not for ecom"),
        ("shared/src/ecom/x.py", "def f():\n    from tools import x", "is not for ecom"),
        ("shared/src/ecom/x.py", "import ecom_client", "is not for ecom"),
        ("shared/src/ecom_client/x.py", "import ecom_testkit", "is not for the client"),
        ("shared/src/ecom_client/x.py", "import pytest", "is not for the client"),
        ("shared/src/ecom_testkit/x.py", "import orders_service", "is not for the test kit"),
        ("tools/explore/demo/bus.py", "import ecom_testkit", "is for tests only"),
        (f"{SERVICE}/x.py", "from ecom_client import polling", "ecom_client does not ship"),
        ("tools/deploy/deploy.py", "import ministack", "the engine's inside"),
        ("tools/local/server.py", "from ministack.app import app", "the engine's inside"),
        ("tools/local/server.py", "from tools.local.engine.patching import core", "reaches into the engine"),
        ("tools/local/server.py", "from tools.local.engine import patching", "reaches into the engine"),
        ("tools/x.py", "def broken(:", "is not Python"),
    ],
)
def test_refused(make: MakeRepository, file: str, code: str, expected: str) -> None:
    found = list(check_imports(make({file: code})))
    assert [finding for finding in found if expected in str(finding) and finding.file == file], found


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (f"{SERVICE}/x.py", "import json, orders_service, ecom.events, fastjsonschema, aws_lambda_powertools"),
        (f"{SERVICE}/x.py", "from . import domain"),
        (f"{SERVICE}/domain.py", "from ecom.contracts.common import Product\nfrom ecom.limits import MAX_INT"),
        (f"{SERVICE}/x.py", "def table():\n    import boto3\n    return boto3.client('dynamodb')"),
        (f"{SERVICE}/x.py", "TABLE = lambda: boto3.client('dynamodb')"),
        (
            f"{SERVICE}/x.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mypy_boto3_sqs import SQSClient",
        ),
        (
            f"{SERVICE}/domain.py",
            "from datetime import datetime\nfrom ecom.errors import InvalidInput\nimport re, uuid",
        ),
        (f"{SERVICE}/domain.py", "def f(now):\n    return now()"),
        (
            "orders/tests/unit/test_x.py",
            "import ecom_client, ecom_testkit, orders_service, orders.tests.builders, tools.project.services, boto3",
        ),
        # The standard library has a module of that name, too.
        ("orders/tests/unit/test_x.py", "import platform"),
        ("shared/src/ecom_client/x.py", "import ecom.dynamo, boto3"),
        ("shared/src/ecom_testkit/x.py", "import ecom.events, ecom_client, pytest"),
        ("tools/explore/demo/bus.py", "import ecom_client.platform"),
        ("tools/tests/project/test_x.py", "import ecom_testkit"),
        ("tools/load/x.py", "import ecom_testkit"),
        ("tools/local/engine/patching.py", "import ministack"),
        ("tools/local/persistence/engine_state.py", "from tools.local.engine.patching import core"),
        ("tools/local/aws/apigateway/engine_rest.py", "from ministack.services import apigateway_v1"),
    ],
)
def test_accepted(make: MakeRepository, file: str, code: str) -> None:
    assert list(check_imports(make({file: code}))) == []


def test_modules_that_a_domain_imports_are_pure_too(make: MakeRepository) -> None:
    files = {f"{SERVICE}/domain.py": "from orders_service import prices", f"{SERVICE}/prices.py": "import os"}
    found = list(check_imports(make(files)))
    assert [(each.file, each.line) for each in found] == [(f"{SERVICE}/prices.py", 1)]
    assert "imported by domain.py" in found[0].what


OWN = '[dependency-groups]\nservice = ["fastjsonschema"]\nservice-orders = ["pillow>=12", "some-package==1"]\n'


def test_a_service_imports_what_ships_with_it_alone(make: MakeRepository) -> None:
    code = "import some_package\nfrom PIL import Image"
    files = {"pyproject.toml": OWN, f"{SERVICE}/x.py": code, "users/src/users_service/x.py": code}
    found = list(check_imports(make(files)))
    assert [(each.file, each.line) for each in found] == [("users/src/users_service/x.py", line) for line in (1, 2)]
    assert "`service-users`" in str(found[0])

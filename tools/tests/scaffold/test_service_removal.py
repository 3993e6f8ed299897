"""A service is removed when nothing needs it, completely or not at all."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools import ROOT
from tools.deploy.stacks import Stacks
from tools.local.home import Home, try_lock
from tools.project.environments import Environment
from tools.project.problems import Problem, WrongUse
from tools.project.services import Service, dependents, discover, one
from tools.scaffold import frontend_fields, remove, service_removal
from tools.scaffold.listings import CONTRACT, TEMPLATE
from tools.scaffold.plan import SCHEMA
from tools.scaffold.shape import Fields

LOCAL, DEV = Environment("local", "local", "us-east-1"), Environment("dev", "aws", "eu-west-1")
PROJECT = 'mypy_path = [\n    "$MYPY_CONFIG_FILE_DIR/loyalty/src",\n    "$MYPY_CONFIG_FILE_DIR/orders/src",\n]\n'
PARAMETER = "AWS::SSM::Parameter::Value<String>"
TAKES = f'Parameters: {{ Url: {{ Type: "{PARAMETER}", Default: "/ecommerce/{{Environment}}/loyalty/api/url" }} }}\n'
TABLE = "Resources: { Table: { Type: AWS::DynamoDB::Table } }\n"
RULE = """
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties: { EventPattern: { source: [ecommerce.loyalty], detail-type: [PointsEarned] } }
"""


class Checkout:
    """A checkout with the services loyalty and orders, in git."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("loyalty", "orders"):
            self.write(f"{name}/metadata.yaml", f"name: {name}\ndescription: one\n")
            self.write(f"{name}/template.yaml", TABLE)
        self.write("loyalty/src/loyalty_service/domain.py", "from loyalty_service import rows\n")
        self.write("loyalty/README.md", "[rows](../loyalty/src/loyalty_service/rows.py)\n")
        self.write("pyproject.toml", PROJECT)
        self.write("environments.yaml", "environments: { local: { cloud: local, region: us-east-1 } }\n")
        self.write("shared/schemas/common.json", '{"definitions": {}}')
        self.git("init", "-q")
        self.commit()

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def git(self, *arguments: str) -> None:
        names = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", "-C", self.root, *names, *arguments], check=True, capture_output=True)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")

    def service(self) -> Service:
        return one("loyalty", self.root)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    def written(root: Path) -> list[Path]:
        (root / "docs").mkdir(exist_ok=True)
        (root / "docs" / "events.md").write_text(", ".join(sorted(p.parent.name for p in root.glob("*/metadata.yaml"))))
        return [Path("docs/events.md")]

    monkeypatch.setattr(service_removal, "write_generated", written)
    monkeypatch.setattr(service_removal, "wanted", lambda _root: {Path("docs/events.md"): ""})
    return Checkout(tmp_path)


def test_a_service_that_nothing_needs_is_removed_completely(checkout: Checkout) -> None:
    changed = service_removal.remove(service_removal.not_needed("loyalty", checkout.root), checkout.root)
    assert [path.as_posix() for path in changed] == ["loyalty", "pyproject.toml", "docs/events.md"]
    assert not (checkout.root / "loyalty").exists()
    assert "loyalty" not in (checkout.root / "pyproject.toml").read_text()
    assert "orders/src" in (checkout.root / "pyproject.toml").read_text()
    assert (checkout.root / "docs" / "events.md").read_text() == "orders"
    assert not list(checkout.root.glob(".remove-service-*"))


def test_an_unknown_service_is_refused(checkout: Checkout) -> None:
    with pytest.raises(WrongUse, match="unknown service loyalti; known services: loyalty, orders"):
        service_removal.not_needed("loyalti", checkout.root)


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("orders/template.yaml", TAKES + TABLE, "orders/template.yaml takes its SSM parameters"),
        ("orders/template.yaml", RULE, "orders/template.yaml has a rule for its PointsEarned"),
        (
            "environments.yaml",
            "environments: { dev: { cloud: aws, region: a-b-1, services: { loyalty: { Rate: 2 } } } }\n",
            "environments.yaml has parameters for it in dev",
        ),
        (
            "tests/deployed/test_points.py",
            "import os\nfrom loyalty_service import rows\n",
            "test_points.py:2: from loy",
        ),
        ("docs/page.md", "see [loyalty](../loyalty/README.md)\n", r"docs/page.md:1: see \[loyalty\]"),
        ("README.md", "| [loyalty](loyalty/README.md) | points |\n", "README.md:1"),
    ],
)
def test_a_service_that_something_needs_is_refused_and_kept(checkout: Checkout, path: str, text: str, why: str) -> None:
    checkout.write(path, text)
    with pytest.raises(Problem, match=why):
        service_removal.not_needed("loyalty", checkout.root)


def test_an_example_in_a_document_is_no_need(checkout: Checkout) -> None:
    checkout.write(
        "docs/page.md", "`make new-service NAME=loyalty` writes `loyalty/`, with `from loyalty_service import rows`\n"
    )
    checkout.write("loyalty-points/README.md", "[code](src/loyalty_service_points/a.py)\n")
    assert service_removal.not_needed("loyalty", checkout.root).name == "loyalty"


def test_a_detached_service_is_in_no_other_stack_and_still_there(checkout: Checkout) -> None:
    checkout.write("loyalty/observability.yaml", "alarms: []\n")
    checkout.write("orders/observability.yaml", "watches: all\n")
    checkout.write("frontend-api/metadata.yaml", "name: frontend-api\ndescription: one\n")
    fields, (schema, template) = Fields("Points"), ((ROOT / path).read_text() for path in (SCHEMA, TEMPLATE))
    checkout.write(SCHEMA.as_posix(), frontend_fields.add_to_schema(schema, "loyalty", fields))
    checkout.write(TEMPLATE.as_posix(), frontend_fields.add_to_template(template, "loyalty", "LoyaltyRecords", fields))
    checkout.write(CONTRACT.as_posix(), "")
    checkout.commit()
    changed, deployed = service_removal.detach(service_removal.not_needed("loyalty", checkout.root), checkout.root)
    assert deployed == ["frontend-api", "orders"]
    assert {Path("loyalty/observability.yaml"), SCHEMA, TEMPLATE} < set(changed)
    assert dependents("loyalty", discover(checkout.root)) == []
    assert [(checkout.root / path).read_text() for path in (SCHEMA, TEMPLATE)] == [schema, template]
    assert checkout.service().template_path.read_text() == TABLE
    assert service_removal.uncommitted(checkout.service(), checkout.root) == []
    service_removal.remove(service_removal.not_needed("loyalty", checkout.root), checkout.root)


def test_a_detachment_that_fails_restores_everything(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    checkout.write("loyalty/observability.yaml", "alarms: []\n")

    def fail(_names: object, _root: Path) -> list[Path]:
        raise OSError("no space left")

    monkeypatch.setattr(service_removal, "register", fail)
    with pytest.raises(OSError, match="no space"):
        service_removal.detach(checkout.service(), checkout.root)
    assert (checkout.root / "loyalty/observability.yaml").read_text() == "alarms: []\n"


def test_a_failure_halfway_restores_everything(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def fail(_root: Path) -> list[Path]:
        calls.append(1)
        if len(calls) == 1:
            raise OSError("no space left")
        return []

    monkeypatch.setattr(service_removal, "write_generated", fail)
    with pytest.raises(OSError, match="no space"):
        service_removal.remove(checkout.service(), checkout.root)
    assert (checkout.root / "loyalty" / "template.yaml").read_text() == TABLE
    assert (checkout.root / "pyproject.toml").read_text() == PROJECT
    assert not list(checkout.root.glob(".remove-service-*"))


def test_files_in_no_commit_are_deleted_with_a_confirmation_only(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remove, "ROOT", checkout.root)
    remove.refuse_if_uncommitted(checkout.service(), {})
    checkout.write("loyalty/template.yaml", TABLE + "# changed\n")
    checkout.write("loyalty/new.py", "")
    with pytest.raises(Problem, match=r"loyalty/.* and 1 more is not committed .*; CONFIRM=loyalty deletes it"):
        remove.refuse_if_uncommitted(checkout.service(), {"CONFIRM": "orders"})
    remove.refuse_if_uncommitted(checkout.service(), {"CONFIRM": "loyalty"})


# --- its stack ---


@pytest.fixture
def stacks(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    deployed: set[str] = set()

    class Target:
        def __init__(self, environment: Environment) -> None:
            self.environment = environment
            self.cloudformation = None

    def find(_self: Stacks, name: str) -> dict[str, Any] | None:
        return {"StackName": name} if name in deployed else None

    monkeypatch.setattr(remove, "target", lambda environment, _environ: Target(environment))
    monkeypatch.setattr(Stacks, "find", find)
    return deployed


@pytest.fixture
def running(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell with a local cloud whose server holds its lock."""
    home = Home(tmp_path / "cloud")
    home.make()
    with home.lock.open("w+") as lock:
        assert try_lock(lock)
        lock.write("1")
        lock.flush()
        yield {"ECOM_LOCAL_DIR": str(home.folder)}


def test_a_deployed_service_is_refused_with_the_command_that_tears_it_down(
    checkout: Checkout, stacks: set[str], running: dict[str, str]
) -> None:
    remove.refuse_if_deployed(checkout.service(), LOCAL, running)
    remove.refuse_if_deployed(checkout.service(), DEV, running)
    stacks.update(("ecommerce-local-loyalty", "ecommerce-dev-loyalty"))
    with pytest.raises(Problem, match="ecommerce-local-loyalty is deployed: first `make teardown-loyalty`"):
        remove.refuse_if_deployed(checkout.service(), LOCAL, running)
    with pytest.raises(Problem, match="first `ENVIRONMENT=dev make teardown-loyalty`"):
        remove.refuse_if_deployed(checkout.service(), DEV, running)


def test_a_stopped_cloud_may_have_the_stack_in_its_state(checkout: Checkout, tmp_path: Path) -> None:
    home = Home(tmp_path / "cloud")
    environ = {"ECOM_LOCAL_DIR": str(home.folder)}
    remove.refuse_if_deployed(checkout.service(), LOCAL, environ)
    home.make()
    (home.state / "snapshot.jsonl").write_text("")
    with pytest.raises(Problem, match=r"the local cloud is not running, so its stack .* may exist: `make up`"):
        remove.refuse_if_deployed(checkout.service(), LOCAL, environ)

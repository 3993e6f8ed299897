"""The services that `make deploy` starts no process for: exactly those whose deployment would change nothing."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tools import __main__ as command
from tools.deploy import unchanged as module
from tools.deploy.deploy import deploy
from tools.deploy.stacks import Stacks
from tools.deploy.unchanged import has_common_verbs, unchanged
from tools.project.aws import Target
from tools.project.services import Service, discover
from tools.tests.conftest import LOCAL, Checkout

CODE = "src/alpha_service/hello.py"


@pytest.fixture(autouse=True)
def _removed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Each test that uses the cloud ends without a stack."""
    target: Target | None = request.getfixturevalue("target") if "cloud" in request.fixturenames else None
    yield
    if target:
        delete_stacks(target)


def delete_stacks(target: Target) -> None:
    stacks = Stacks(target)
    for name in ("beta", "alpha"):
        stack = stacks.find(target.environment.stack(name))
        if stack:
            stacks.delete(stack)


@pytest.fixture
def deployed(target: Target, services: dict[str, Service]) -> Path:
    """The folder of alpha and beta, which needs alpha. Both are deployed."""
    for name in ("alpha", "beta"):
        deploy(services[name], target)
    return services["alpha"].folder.parent


def names(folder: Path, target: Target) -> list[str]:
    return list(unchanged(discover(folder), target))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def code(folder: Path, _: Target) -> None:
    change(folder / "alpha" / CODE, "def ", "# a comment\ndef ")


def template(folder: Path, _: Target) -> None:
    change(folder / "alpha" / "template.yaml", "Default: hello", "Default: good day")


def nested_template(folder: Path, _: Target) -> None:
    change(folder / "alpha" / "nested.yaml", "Resources:", "Description: changed\nResources:")


def tag(folder: Path, _: Target) -> None:
    change(folder / "alpha" / "metadata.yaml", "owner: road", "owner: rail")


def broken(folder: Path, _: Target) -> None:
    (folder / "alpha" / "openapi.yaml").unlink()


def deleted_stacks(_: Path, target: Target) -> None:
    delete_stacks(target)


def stack_with_another_template(_: Path, target: Target) -> None:
    cloud, name = target.cloudformation, target.environment.stack("alpha")
    body = Stacks(target).template(name)
    stack = Stacks(target).find(name)
    assert stack
    kept = [{"ParameterKey": each["ParameterKey"], "UsePreviousValue": True} for each in stack["Parameters"]]
    cloud.update_stack(
        StackName=name,
        TemplateBody=json.dumps({**body, "Description": "changed by another tool"}),
        Parameters=kept,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Tags=stack["Tags"],
    )
    Stacks(target).settle(stack)


@pytest.mark.parametrize(
    "happens", [code, template, nested_template, tag, broken, deleted_stacks, stack_with_another_template]
)
def test_a_changed_service_is_deployed_and_so_is_what_needs_it(
    deployed: Path, target: Target, happens: Callable[[Path, Target], None]
) -> None:
    assert names(deployed, target) == ["alpha", "beta"]
    happens(deployed, target)
    assert names(deployed, target) == []


def test_a_changed_parameter_of_another_stack_is_a_change(deployed: Path, target: Target) -> None:
    name = "/ecommerce/local/alpha/greeting/name"
    target.ssm.put_parameter(Name=name, Value="changed", Type="String", Overwrite=True)
    assert names(deployed, target) == ["alpha"]
    target.ssm.delete_parameter(Name=name)
    assert names(deployed, target) == ["alpha"]


def test_a_parameter_of_environments_yaml_is_a_change(deployed: Path, target: Target) -> None:
    given = replace(LOCAL, services={"beta": {"LogRetentionDays": "14"}})
    assert names(deployed, Target(given, target.session, target.endpoint)) == ["alpha"]
    unknown = replace(LOCAL, services={"beta": {"Unknown": "1"}})
    assert names(deployed, Target(unknown, target.session, target.endpoint)) == ["alpha"]


def test_nothing_is_built_by_a_comparison(deployed: Path, target: Target) -> None:
    stamp = deployed / "alpha" / "build" / "package.stamp"
    before = stamp.read_text()
    code(deployed, target)
    assert names(deployed, target) == []
    assert stamp.read_text() == before


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Makefile", "OWN_VERBS := deploy\ninclude ../shared/make/service.mk\ndeploy: ; @echo own\n"),
        ("Makefile", "include ../shared/make/service.mk\ndeploy: pages\n"),
        ("Makefile", "include ../other.mk\n"),
        ("GNUmakefile", "deploy: ; @echo own\n"),
    ],
)
def test_a_makefile_with_something_of_its_own_is_run(
    services: dict[str, Service], monkeypatch: pytest.MonkeyPatch, target: Target, name: str, text: str
) -> None:
    alpha = services["alpha"]
    monkeypatch.setattr(module, "is_up_to_date", lambda *_: True)
    assert list(unchanged(services, target)) == ["alpha", "beta"]
    (alpha.folder / name).write_text(text)
    assert list(unchanged(services, target)) == []


def test_a_service_without_a_makefile_is_left_to_make(services: dict[str, Service]) -> None:
    (services["alpha"].folder / "Makefile").unlink()
    assert not has_common_verbs(services["alpha"])


def test_a_comment_in_a_makefile_changes_nothing(services: dict[str, Service]) -> None:
    alpha = services["alpha"]
    (alpha.folder / "Makefile").write_text("# the verbs\n\ninclude ../shared/make/service.mk\n")
    assert has_common_verbs(alpha)


@pytest.mark.parametrize(("pages", "compared"), [("", []), ("later", ["shop"])])
def test_pages_are_compared_by_their_own_deployment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pages: str, compared: list[str]
) -> None:
    """The stack can be up to date while the pages are not. `make run` deploys them itself, later."""
    monkeypatch.setenv(command.PAGES, pages)
    monkeypatch.setattr("tools.project.aws.target", lambda _: SimpleNamespace())
    monkeypatch.setattr(module, "unchanged", lambda given, _: list(given))
    shop = Service(tmp_path / "shop", {"name": "shop", "pages": "web"})
    assert [name for name, _ in command.unchanged_stacks({"shop": shop}, LOCAL)] == compared


def test_make_deploy_runs_a_makefile_that_replaces_it(checkout: Checkout, cloud: Any) -> None:
    """Through make, as a user does it: nothing changed, and the line of each service is there."""
    environ = {"ECOM_LOCAL_DIR": str(cloud.home.folder)}
    first = checkout.make("deploy", **environ)
    assert first.returncode == 0, first.stdout + first.stderr
    again = checkout.make("deploy", **environ)
    assert again.stdout.splitlines()[:2] == ["alpha | no changes", "beta  | no changes"], again.stdout + again.stderr
    checkout.write("beta/Makefile", "OWN_VERBS := deploy\ninclude ../shared/make/service.mk\ndeploy: ; @echo my own\n")
    own = checkout.make("deploy", **environ)
    assert own.stdout.splitlines()[:2] == ["alpha | no changes", "beta  | my own"], own.stdout + own.stderr

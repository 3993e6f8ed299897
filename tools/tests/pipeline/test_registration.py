"""A service that comes or goes changes the lists of pipelines, and the roles of services."""

import shutil
from pathlib import Path

import pytest

from tools import ROOT
from tools.pipeline.registration import TEMPLATES, listing, register
from tools.project.problems import Problem
from tools.project.services import deploy_order, of_platform

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters: { Environment: { Type: String } }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: !Sub "ecommerce-${Environment}-NAME-news" } }
"""


def add_service(root: Path, name: str) -> None:
    (root / name).mkdir()
    (root / name / "metadata.yaml").write_text(f"name: {name}\ndescription: News\n")
    (root / name / "template.yaml").write_text(TEMPLATE.replace("NAME", name))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pipeline" / "roles").mkdir(parents=True)
    for name in TEMPLATES:
        shutil.copyfile(ROOT / "pipeline" / name, tmp_path / "pipeline" / name)
    add_service(tmp_path, "shop")
    return tmp_path


def roles(root: Path, service: str) -> str:
    return (root / "pipeline" / "roles" / f"{service}.yaml").read_text()


def test_a_new_service_is_denied_to_the_service_whose_name_its_name_begins_with(root: Path) -> None:
    register(["shop"], root)
    assert "Deny" not in roles(root, "shop")

    add_service(root, "shop-news")
    written = register(["shop-news"], root)

    assert {path.name for path in written} == {*TEMPLATES, "shop-news.yaml", "shop.yaml"}
    assert {path.parent.name for path in written} == {"pipeline", "roles", "boundaries"}
    assert ":ecommerce-${Environment}-shop-news*" in roles(root, "shop")
    assert "Deny" not in roles(root, "shop-news")


def test_nothing_is_denied_any_more_when_that_service_is_gone(root: Path) -> None:
    add_service(root, "shop-news")
    register(["shop", "shop-news"], root)

    shutil.rmtree(root / "shop-news")
    register(["shop-news"], root)

    assert "Deny" not in roles(root, "shop")
    assert not (root / "pipeline" / "roles" / "shop-news.yaml").exists()
    assert not (root / "pipeline" / "boundaries" / "shop-news.yaml").exists()


def test_nothing_is_written_when_a_role_has_no_room_for_its_neighbours(root: Path) -> None:
    register(["shop"], root)
    before = {path: path.read_text() for path in root.rglob("*.yaml")}
    many = [f"shop-{number:03}" for number in range(200)]
    for name in many:
        add_service(root, name)

    with pytest.raises(Problem, match=r"the role stack of shop has .* over IAM's 10240"):
        register(many[-1:], root)

    pipelines = {path: path.read_text() for path in (root / "pipeline").rglob("*.yaml")}
    assert pipelines == {path: text for path, text in before.items() if path in pipelines}
    assert len(pipelines) == len(TEMPLATES) + 2  # and the role and the boundary of shop


def test_the_lists_in_the_checkout_are_those_that_a_new_service_would_get() -> None:
    """A service that comes and goes again leaves no change behind."""
    names = [name for group in deploy_order(of_platform()) for name in group]
    for name in TEMPLATES:
        text = (ROOT / "pipeline" / name).read_text()
        assert listing(text, names) == text, f"{name}: put the services in the order of `make deps`"

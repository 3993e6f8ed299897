"""One verb for all services: order, parallelism, and what happens when one fails."""

from pathlib import Path

import pytest

from tools.project.problems import Problem
from tools.project.run_all import edges, run_all
from tools.project.services import Service, discover


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("alpha", "beta", "gamma"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metadata.yaml").write_text(f"name: {name}\ndescription: A test\n")
    needs(tmp_path, "alpha")
    needs(tmp_path, "beta", "alpha")
    needs(tmp_path, "gamma", "beta")
    return tmp_path


def needs(folder: Path, name: str, *others: str) -> None:
    parameters = {
        f"P{number}": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": f"/ecommerce/{{Environment}}/{other}/x"}
        for number, other in enumerate(others)
    }
    template = {"Parameters": parameters, "Resources": {"A": {"Type": "AWS::SQS::Queue"}}}
    (folder / name / "template.yaml").write_text(str(template))


def makefiles(folder: Path, **recipes: str) -> dict[str, Service]:
    for name in ("alpha", "beta", "gamma"):
        recipe = recipes.get(name, f"@echo {name} >> ../order")
        (folder / name / "Makefile").write_text(f"deploy teardown build:\n\t{recipe}\n")
    return discover(folder)


@pytest.mark.parametrize(("verb", "order"), [("deploy", "alpha beta gamma"), ("teardown", "gamma beta alpha")])
def test_stacks_change_in_the_order_of_dependencies(folder: Path, verb: str, order: str) -> None:
    assert run_all(verb, makefiles(folder), folder, jobs=3).startswith("3 services in")
    assert (folder / "order").read_text().split() == order.split()


def test_what_is_done_already_starts_no_process_and_still_has_its_line(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    known = makefiles(folder)
    done = run_all("deploy", known, folder, jobs=3, find_done=lambda: [("alpha", "no changes"), ("gamma", "none")])
    assert done.startswith("3 services in")
    assert (folder / "order").read_text().split() == ["beta"]
    assert capfd.readouterr().out.splitlines() == ["alpha | no changes", "gamma | none"]


def test_what_is_done_already_is_not_named_after_a_failure(folder: Path) -> None:
    known = makefiles(folder, beta="@exit 3")
    with pytest.raises(Problem, match=r"deploy of beta failed, see above; repeat with `make deploy-beta`$"):
        run_all("deploy", known, folder, jobs=2, find_done=lambda: [("alpha", ""), ("gamma", "")])


def test_all_done_is_done(folder: Path) -> None:
    known = makefiles(folder)
    assert run_all("deploy", known, folder, find_done=lambda: [(name, "") for name in known]).startswith("3 services")
    assert not (folder / "order").exists()


def test_verbs_without_an_order_run_in_parallel(folder: Path) -> None:
    """Each waits for a file of the other one; in sequence they would never end."""
    recipes = {
        "alpha": "@touch ../a; until [ -e ../b ]; do :; done",
        "beta": "@touch ../b; until [ -e ../a ]; do :; done",
    }
    assert run_all("build", makefiles(folder, **recipes), folder, jobs=2).startswith("3 services")


def test_the_first_failure_is_named_and_nothing_else_starts(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    known = makefiles(folder, beta="@echo the reason; exit 3")
    with pytest.raises(Problem, match=r"deploy of beta failed.*`make deploy-beta`; not started: gamma"):
        run_all("deploy", known, folder, jobs=2)
    assert (folder / "order").read_text().split() == ["alpha"]
    assert "beta  | the reason" in capfd.readouterr().out


def test_others_are_stopped_when_one_build_fails(folder: Path) -> None:
    recipes = {"alpha": "@until [ -e ../waiting ]; do :; done; exit 1", "beta": "@touch ../waiting; exec sleep 600"}
    with pytest.raises(Problem, match="build of alpha failed"):
        run_all("build", makefiles(folder, **recipes), folder, jobs=2)


def test_a_stack_that_is_being_changed_is_not_interrupted(folder: Path) -> None:
    needs(folder, "beta")
    recipes = {
        "alpha": "@until [ -e ../waiting ]; do :; done; touch ../failed; exit 1",
        "beta": "@touch ../waiting; until [ -e ../failed ]; do :; done; sleep 0.2; echo beta >> ../order",
    }
    with pytest.raises(Problem, match="deploy of alpha failed"):
        run_all("deploy", makefiles(folder, **recipes), folder, jobs=2)
    assert (folder / "order").read_text().split() == ["beta"]


def test_a_cycle_matters_only_where_the_order_does(folder: Path) -> None:
    needs(folder, "alpha", "gamma")
    known = makefiles(folder)
    assert edges("build", known) == {"alpha": set(), "beta": set(), "gamma": set()}
    with pytest.raises(Problem, match="alpha -> gamma -> beta -> alpha"):
        edges("deploy", known)

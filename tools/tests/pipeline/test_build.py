"""The build of a commit: what it chooses, what it stores, what it starts."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from pipeline_service.commits import Revision, read_deployment
from tools.pipeline import build
from tools.project.problems import WrongUse

HEAD = Revision(5, "5" * 40)
OLD = Revision(3, "3" * 40)


class Repository:
    def revision(self, name: str) -> Revision:
        assert name == "v1"
        return OLD

    def contains(self, _: str) -> bool:
        return True

    def changed_files(self, since: str) -> list[str]:
        return ["orders/src/a.py"] if since == OLD.commit else []


def chosen(stored: dict[str, Revision], **environ: str) -> list[str]:
    repository: Any = Repository()
    return [each.service for each in build.changes_to_build(["orders", "products"], stored, repository, environ)]


def test_changed_services_are_built() -> None:
    assert chosen({"orders": OLD, "products": OLD}) == ["orders"]


def test_a_service_that_is_asked_for_is_built() -> None:
    assert chosen({"orders": HEAD, "products": HEAD}, SERVICES="products") == ["products"]


def test_changes_are_counted_from_a_commit_that_is_asked_for() -> None:
    assert chosen({"orders": HEAD, "products": HEAD}, CHANGED_SINCE="v1") == ["orders"]


def test_an_unknown_service_is_refused() -> None:
    with pytest.raises(WrongUse, match="SERVICES: unknown service basket; there are orders, products"):
        chosen({}, SERVICES="basket")


def test_a_commit_of_a_service_has_its_files_its_template_and_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "ROOT", tmp_path)
    made = tmp_path / "orders" / "build" / "artifacts"
    made.mkdir(parents=True)
    (made / "template.json").write_text('{"Resources": {}}')
    written = {
        "environments": {"tests": {"parameters": {"Environment": "tests"}, "tags": {}}},
        "from_ssm": [],
        "hash_parameter": "",
    }
    (made / "metadata.json").write_text(json.dumps(written))
    tree = tmp_path / "tree.zip"
    with zipfile.ZipFile(tree, "w") as archive:
        archive.writestr("orders/template.yaml", "x")
    # `missing` has never been stored, so the gate could not ask for a revision of it.
    path = build.archive_of("orders", ["products", "missing"], {"products": OLD}, HEAD, tree, tmp_path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("orders/template.yaml") == b"x"
        assert archive.read("deployment/template.json") == b'{"Resources": {}}'
        deployment = read_deployment(archive.read("deployment/metadata.json"))
    assert deployment.service == "orders"
    assert deployment.dependencies == {"products": OLD}


def test_a_command_that_fails_shows_its_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert not build.run(["sh", "-c", "echo broken; exit 3"], "orders", {"PATH": "/usr/bin:/bin"})
    printed = capsys.readouterr().out
    assert "orders: FAILED: sh -c" in printed
    assert "orders | broken" in printed


def test_a_command_that_passes_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.run(["sh", "-c", "echo fine"], "orders", {"PATH": "/usr/bin:/bin"})
    assert "fine" not in capsys.readouterr().out


class Executions:
    """CodePipeline with the executions of one test: service -> summaries of their source revisions."""

    def __init__(self, **summaries: list[str]) -> None:
        self._summaries = summaries

    def list_pipeline_executions(self, **call: Any) -> dict[str, Any]:
        found = self._summaries[call["pipelineName"].removeprefix("ecommerce-")]
        return {"pipelineExecutionSummaries": [{"sourceRevisions": [{"revisionSummary": each}]} for each in found]}


def test_a_commit_that_was_stored_and_never_started_is_found() -> None:
    """No later build would choose it: what is stored counts as built."""
    codepipeline = Executions(
        orders=[f"3 {OLD.commit} a fee"], products=[], users=[f"5 {HEAD.commit} no fee", f"3 {OLD.commit} a fee"]
    )
    stored = {"orders": HEAD, "products": OLD, "users": OLD}
    assert list(build.stored_but_not_started(codepipeline, stored)) == ["orders", "products"]

"""Which services a commit changes."""

import subprocess
from pathlib import Path

import pytest

from pipeline_service.commits import Revision
from tools.pipeline.changes import Repository, changes, concerns
from tools.project.problems import Problem

SERVICES = ("orders", "products")


class Checkout:
    """A git repository of one test."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")
        self.commit("orders/src/a.py", "products/src/a.py", "docs/a.md", "shared/a.py")

    def git(self, *words: str) -> str:
        identity = ["-c", "user.name=test", "-c", "user.email=test@test.example", "-c", "commit.gpgsign=false"]
        done = subprocess.run(["git", *identity, *words], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def commit(self, *files: str) -> str:
        for name in files:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(path.read_text() + "x" if path.exists() else "x")
        self.git("add", "-A")
        self.git("commit", "-qm", f"change {', '.join(files)}")
        return self.git("rev-parse", "HEAD")

    def changed(self, **stored: str) -> list[str]:
        repository = Repository(self.root)
        revisions = {name: Revision(1, commit) for name, commit in stored.items()}
        return [each.service for each in changes(SERVICES, revisions, repository)]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_a_service_that_was_never_built_is_built(checkout: Checkout) -> None:
    assert checkout.changed(orders=checkout.git("rev-parse", "HEAD")) == ["products"]


def test_only_the_service_whose_folder_changed(checkout: Checkout) -> None:
    first = checkout.git("rev-parse", "HEAD")
    checkout.commit("orders/src/a.py")
    assert checkout.changed(orders=first, products=first) == ["orders"]


def test_each_service_is_counted_from_its_own_last_commit(checkout: Checkout) -> None:
    """orders failed its build at the second commit: the third builds it again though it changes products only."""
    first = checkout.git("rev-parse", "HEAD")
    second = checkout.commit("orders/src/a.py")
    checkout.commit("products/src/a.py")
    assert checkout.changed(orders=first, products=second) == ["orders", "products"]
    assert checkout.changed(orders=second, products=second) == ["products"]


@pytest.mark.parametrize("file", ["shared/a.py", "requirements.lock", "environments.yaml", "tools/deploy/package.py"])
def test_what_all_services_use_changes_all(checkout: Checkout, file: str) -> None:
    first = checkout.git("rev-parse", "HEAD")
    checkout.commit(file)
    assert checkout.changed(orders=first, products=first) == ["orders", "products"]


@pytest.mark.parametrize("file", ["docs/a.md", "README.md", "orders/README.md", "tools/bench/a.py", "tests/a.py"])
def test_texts_and_tools_change_none(checkout: Checkout, file: str) -> None:
    first = checkout.git("rev-parse", "HEAD")
    checkout.commit(file)
    assert checkout.changed(orders=first, products=first) == []


def test_a_moved_file_changes_both_services(checkout: Checkout) -> None:
    first = checkout.git("rev-parse", "HEAD")
    checkout.git("mv", "orders/src/a.py", "products/src/b.py")
    checkout.commit("docs/a.md")
    assert checkout.changed(orders=first, products=first) == ["orders", "products"]


def test_after_a_forced_push_the_service_is_built(checkout: Checkout) -> None:
    first = checkout.git("rev-parse", "HEAD")
    lost = checkout.commit("orders/src/a.py")
    checkout.git("reset", "-q", "--hard", first)
    assert checkout.changed(orders=lost, products=first) == ["orders"]


def test_a_name_with_the_same_beginning_is_another_service() -> None:
    assert not concerns("orders-archive/src/a.py", "orders")
    assert concerns("orders/src/a.py", "orders")


def test_a_merged_branch_counts_once(checkout: Checkout) -> None:
    checkout.git("checkout", "-q", "-b", "topic")
    checkout.commit("orders/src/a.py")
    checkout.commit("orders/src/a.py")
    checkout.git("checkout", "-q", "main")
    checkout.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    assert Repository(checkout.root).head().number == 2


def test_an_unknown_commit_is_named(checkout: Checkout) -> None:
    with pytest.raises(Problem, match="git rev-parse failed"):
        Repository(checkout.root).revision("nowhere")

"""Which services a commit changes."""

import subprocess
from pathlib import Path

import pytest

from pipeline_service.commits import Revision
from tools.pipeline.changes import Repository, changes, concerns
from tools.project.problems import Problem

SERVICES = ("orders", "products")


class GitRepository:
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
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path)


def test_a_service_that_was_never_built_is_built(repository: GitRepository) -> None:
    assert repository.changed(orders=repository.git("rev-parse", "HEAD")) == ["products"]


def test_only_the_service_whose_folder_changed(repository: GitRepository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit("orders/src/a.py")
    assert repository.changed(orders=first, products=first) == ["orders"]


def test_each_service_is_counted_from_its_own_last_commit(repository: GitRepository) -> None:
    """orders failed its build at the second commit: the third builds it again though it changes products only."""
    first = repository.git("rev-parse", "HEAD")
    second = repository.commit("orders/src/a.py")
    repository.commit("products/src/a.py")
    assert repository.changed(orders=first, products=second) == ["orders", "products"]
    assert repository.changed(orders=second, products=second) == ["products"]


@pytest.mark.parametrize("file", ["shared/a.py", "requirements.lock", "environments.yaml", "tools/deploy/package.py"])
def test_what_all_services_use_changes_all(repository: GitRepository, file: str) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit(file)
    assert repository.changed(orders=first, products=first) == ["orders", "products"]


@pytest.mark.parametrize("file", ["docs/a.md", "README.md", "orders/README.md", "tools/bench/a.py", "tests/a.py"])
def test_texts_and_tools_change_none(repository: GitRepository, file: str) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit(file)
    assert repository.changed(orders=first, products=first) == []


def test_a_moved_file_changes_both_services(repository: GitRepository) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.git("mv", "orders/src/a.py", "products/src/b.py")
    repository.commit("docs/a.md")
    assert repository.changed(orders=first, products=first) == ["orders", "products"]


def test_after_a_forced_push_the_service_is_built(repository: GitRepository) -> None:
    first = repository.git("rev-parse", "HEAD")
    lost = repository.commit("orders/src/a.py")
    repository.git("reset", "-q", "--hard", first)
    assert repository.changed(orders=lost, products=first) == ["orders"]


def test_a_name_with_the_same_beginning_is_another_service() -> None:
    assert not concerns("orders-archive/src/a.py", "orders")
    assert concerns("orders/src/a.py", "orders")


def test_a_merged_branch_counts_once(repository: GitRepository) -> None:
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit("orders/src/a.py")
    repository.commit("orders/src/a.py")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "merge", "topic")
    assert Repository(repository.root).head().number == 2


def test_an_unknown_commit_is_named(repository: GitRepository) -> None:
    with pytest.raises(Problem, match="git rev-parse failed"):
        Repository(repository.root).revision("nowhere")

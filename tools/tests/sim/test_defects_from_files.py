"""`make simulate-score DEFECTS=`: defects of files that are not in the catalogue."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import ROOT
from tools.sim import modules
from tools.sim.defects import FOLDER, Change, of_group
from tools.sim.defects.from_files import InvalidDefects, paths_of, read

FILE = "orders/src/code.py"
HEAD = '"""Orders."""\n\nOPEN = ("NEW", "PACKAGED")\n\n\n'
BEFORE = f"{HEAD}def may_cancel(order):\n    return order.is_open\n"
AFTER = f"{HEAD}def may_cancel(order):\n    return True\n"
DEFECT = f"""
[cancel-anything]
about = "Any order can be cancelled."
file = "{FILE}"
text = "return order.is_open"
replacement = "return True"
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with one file, in the place of the repository."""
    root = tmp_path / "tree"
    (root / FILE).parent.mkdir(parents=True)
    (root / FILE).write_text(BEFORE)
    monkeypatch.setattr(modules, "ROOT", root)
    return root


@pytest.fixture
def patch(tree: Path, tmp_path: Path) -> Path:
    """What `git diff` prints for the defect."""
    path = patch_of(tree, tmp_path, lambda: (tree / FILE).write_text(AFTER))
    (tree / FILE).write_text(BEFORE)
    return path


def patch_of(tree: Path, tmp_path: Path, change: Callable[[], object]) -> Path:
    """The patch of a change of the tree, which stays changed."""

    def git(*command: str) -> str:
        options = ["-C", str(tree), "-c", "user.name=a", "-c", "user.email=a@example.org"]
        return subprocess.run(["git", *options, *command], check=True, capture_output=True, text=True).stdout

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "--allow-empty", "-m", "before")
    change()
    git("add", ".")
    return written(tmp_path, git("diff", "--cached"), "cancel-anything.patch")


def written(tmp_path: Path, text: str, name: str = "mine.toml") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def test_a_file_in_the_form_of_the_catalogue(tree: Path, tmp_path: Path) -> None:
    (defect,) = read([written(tmp_path, DEFECT)])
    assert (defect.name, defect.group) == ("cancel-anything", "mine")
    assert defect.changed() == {FILE: AFTER}


def test_a_patch_is_one_defect(patch: Path) -> None:
    (defect,) = read([patch])
    assert (defect.name, defect.changed()) == ("cancel-anything", {FILE: AFTER})
    assert defect.changes == (Change(FILE, BEFORE, AFTER),)


def test_a_patch_fits_also_when_lines_were_added_before_it(tree: Path, patch: Path) -> None:
    (tree / FILE).write_text(f"import os\n\n\n{BEFORE}")
    (defect,) = read([patch])
    assert defect.changed() == {FILE: f"import os\n\n\n{AFTER}"}


def test_a_patch_changes_no_file(tree: Path, patch: Path) -> None:
    read([patch])
    assert (tree / FILE).read_text() == BEFORE


def test_a_patch_of_another_tree_is_refused(tree: Path, patch: Path) -> None:
    (tree / FILE).write_text("def other():\n    pass\n")
    with pytest.raises(InvalidDefects, match=r"cancel-anything\.patch: .*patch does not apply"):
        read([patch])


def test_a_patch_that_adds_renames_or_deletes_a_file_is_refused(tree: Path, tmp_path: Path) -> None:
    file, moved = tree / FILE, tree / "moved.py"
    path = patch_of(tree, tmp_path, lambda: file.rename(moved))
    moved.rename(file)
    with pytest.raises(InvalidDefects, match=r"adds or renames moved\.py; a defect changes files"):
        read([path])
    path = patch_of(tree, tmp_path, file.unlink)
    file.write_text(BEFORE)
    with pytest.raises(InvalidDefects, match=f"deletes {FILE}; a defect changes files"):
        read([path])


def test_a_patch_that_changes_no_text_is_refused(tree: Path, tmp_path: Path) -> None:
    path = patch_of(tree, tmp_path, lambda: (tree / FILE).chmod(0o755))
    with pytest.raises(InvalidDefects, match="changes no text"):
        read([path])


def test_a_patch_of_a_file_outside_of_the_tree_is_refused_and_writes_nothing(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    outside = tmp_path / "outside.py"
    outside.write_text(BEFORE)
    path = patch_of(tree, tmp_path, lambda: (tree / FILE).write_text(AFTER))
    path.write_text(path.read_text().replace(FILE, "../outside.py"))
    with pytest.raises(InvalidDefects, match=r"invalid path '\.\./outside\.py'"):
        read([path])
    assert list(temporary.iterdir()) == []


def test_the_name_of_a_file_may_have_any_letters(tree: Path, tmp_path: Path) -> None:
    file = tree / "Zürich\t.py"
    file.write_text(BEFORE)
    path = patch_of(tree, tmp_path, lambda: file.write_text(AFTER))
    file.write_text(BEFORE)
    assert read([path])[0].changed() == {file.name: AFTER}


def test_a_list_without_a_defect_is_refused() -> None:
    with pytest.raises(InvalidDefects, match="no defect is given"):
        read(paths_of(","))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (DEFECT.replace('text = "return order.is_open"\n', ""), "a defect has no 'text'"),
        (DEFECT.replace("order.is_open", "order.was_open"), "occurs 0 times"),
        (DEFECT.replace(FILE, "orders/src/other.py"), "other.py"),
        (DEFECT.replace(FILE, "orders/../../outside.py"), r"outside\.py is no path inside the repository"),
        (DEFECT.replace(FILE, "/etc/hosts"), "hosts is no path inside the repository"),
        (DEFECT + 'kind = "blunt"\n', "kind"),
        (DEFECT.replace("[cancel-anything]", "[cancel-anything"), "mine.toml"),
        ('cancel-anything = "return True"\n', "does not have the form of"),
    ],
)
def test_what_is_no_defect_of_this_tree_is_refused(tree: Path, tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InvalidDefects, match=problem):
        read([written(tmp_path, text)])


def test_other_files_and_missing_ones_are_refused(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefects, match=r"neither \.toml nor \.patch"):
        read([written(tmp_path, DEFECT, "mine.txt")])
    with pytest.raises(InvalidDefects, match=r"none\.toml"):
        read([tmp_path / "none.toml"])


def test_names_are_unique(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidDefects, match="two defects have one name: cancel-anything"):
        read([written(tmp_path, DEFECT), written(tmp_path, DEFECT, "other.toml")])


def test_paths_have_commas_between_them() -> None:
    assert paths_of("mine.toml,,a/other.patch") == [Path("mine.toml"), Path("a/other.patch")]


def test_the_catalogue_can_be_given_as_a_file() -> None:
    path = FOLDER / "search.toml"
    assert read([path]) == of_group(path)


def test_the_command_says_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.sim.score", "--defects", str(tmp_path / "none.toml")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "none.toml" in done.stderr
    assert "Traceback" not in done.stderr

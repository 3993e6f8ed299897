"""Events are compared with the main branch: a breaking change is a finding that names the affected services."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.check.rules.__main__ import main
from tools.check.rules.event_changes import check_changes, next_name
from tools.check.rules.findings import Finding, Repository
from tools.events.__main__ import print_changes
from tools.events.base_revision import NoBase, read_base

PRICE = {"type": "integer", "minimum": 0}
COMMON = {"definitions": {"Line": {"type": "object", "required": ["price"], "properties": {"price": PRICE}}}}
SCHEMA: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "properties": {
        "detail": {
            "type": "object",
            "required": ["orderId"],
            "properties": {
                "orderId": {"type": "string"},
                "note": {"type": "string"},
                "level": {"enum": ["IN", "OUT"]},
                "lines": {"type": "array", "items": {"$ref": "common.json#/definitions/Line"}},
            },
        }
    },
}
FILE = "orders/events/OrderCreated.json"
RULE = """
Resources:
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: { source: [ecommerce.orders], detail-type: [OrderCreated] }
"""


class Clone:
    """A repository with two services and one event, on the branch main."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")
        self.write("pyproject.toml", "[dependency-groups]\nservice = []\n")
        self.write("shared/schemas/common.json", COMMON)
        for name in ("orders", "loyalty"):
            self.write(f"{name}/metadata.yaml", f"name: {name}\ndescription: x\n")
        self.write("loyalty/template.yaml", RULE)
        self.write(FILE, SCHEMA)
        self.commit()

    @classmethod
    def copied(cls, other: "Clone", root: Path) -> "Clone":
        subprocess.run(["git", "clone", "-q", other.root, root], check=True)
        copy = cls.__new__(cls)
        copy.root = root
        return copy

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
        return subprocess.run(
            ["git", "-C", self.root, *identity, *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "x")
        return self.git("rev-parse", "HEAD")

    def write(self, name: str, content: Any) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))

    def change(self, edit: Callable[[dict[str, Any]], Any]) -> None:
        schema = json.loads((self.root / FILE).read_text())
        edit(schema["properties"]["detail"])
        self.write(FILE, schema)

    def found(self, *chosen: str) -> list[Finding]:
        return list(check_changes(Repository.at(self.root, *chosen)))


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    monkeypatch.delenv("BASE", raising=False)
    monkeypatch.setattr(
        "tools.check.rules.__main__.CHECKS", {"event changes": check_changes}
    )  # the others take seconds
    made = Clone(tmp_path)
    made.git("switch", "-q", "-c", "work")
    return made


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda d: d["properties"].pop("note"), "detail.note is no longer described: breaking for consumers: loyalty"),
        (lambda d: d["properties"]["level"]["enum"].append("LOW"), "may now be LOW: breaking for consumers: loyalty"),
        (
            lambda d: d["required"].append("note"),
            "detail.note is required now: breaking for producers: orders and all archived events; consumed by loyalty",
        ),
        (
            lambda d: d["properties"]["note"].update(type=["string", "null"]),
            "OrderCreated: detail.note may now be null: breaking for consumers: loyalty",
        ),
        (lambda d: d["properties"]["level"]["enum"].pop(), "detail.level may no longer be OUT: breaking for producers"),
    ],
)
def test_a_breaking_change_is_stopped_and_names_the_consumers(clone: Clone, edit: Any, expected: str) -> None:
    clone.change(edit)
    (finding,) = clone.found()
    assert expected in finding.what
    assert "OrderCreatedV2" in finding.todo
    assert finding.file == FILE


def test_a_finding_has_the_line_of_the_field(clone: Clone) -> None:
    clone.change(lambda d: d["properties"]["level"].update(enum=["IN"]))
    (finding,) = clone.found()
    assert '"level"' in (clone.root / FILE).read_text().splitlines()[finding.line - 1]


def test_a_compatible_change_passes(clone: Clone) -> None:
    clone.change(lambda d: d["properties"].update(gift={"type": "boolean"}))
    clone.change(lambda d: d["properties"]["note"].update(description="What the shopper wrote"))
    assert clone.found() == []


def test_commits_on_the_branch_are_compared_too(clone: Clone) -> None:
    clone.change(lambda d: d["properties"].pop("note"))
    clone.commit()
    clone.change(lambda d: d["properties"].update(gift={"type": "boolean"}))
    clone.commit()
    assert len(clone.found()) == 1


def test_a_change_of_a_common_type_concerns_all_that_use_it(clone: Clone) -> None:
    common = json.loads(json.dumps(COMMON))
    common["definitions"]["Line"]["required"].append("name")
    clone.write("shared/schemas/common.json", common)
    (finding,) = clone.found("orders")
    assert "detail.lines[].name is required now: breaking for producers" in finding.what
    assert finding.file == FILE


def test_the_main_branch_moves_on_without_this_one(clone: Clone) -> None:
    """A change on main that this branch does not have is no change of this branch."""
    clone.git("switch", "-q", "main")
    clone.change(lambda d: d["properties"].update(gift={"type": "boolean"}))
    clone.commit()
    clone.git("switch", "-q", "work")
    assert clone.found() == []


def test_on_the_main_branch_the_last_commit_is_looked_at(clone: Clone) -> None:
    clone.git("switch", "-q", "main")
    clone.change(lambda d: d["properties"].pop("note"))
    assert len(clone.found()) == 1
    clone.commit()
    assert len(clone.found()) == 1
    clone.write("README.md", "# More")
    clone.commit()
    assert clone.found() == []


def test_origin_counts_before_the_own_main(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("copies") / "copy"
    subprocess.run(["git", "clone", "-q", "-b", "main", clone.root, copy], check=True)
    there = clone.git("rev-parse", "main")
    (copy / FILE).unlink()
    subprocess.run(["git", "-C", copy, "-c", "user.name=T", "-c", "user.email=t@e", "commit", "-qam", "x"], check=True)
    assert read_base(copy).revision == there


def test_an_event_without_consumers_can_be_deleted(clone: Clone) -> None:
    (clone.root / FILE).unlink()
    (finding,) = clone.found()
    assert "OrderCreated was deleted, but a rule names it in loyalty" in finding.what
    clone.write("loyalty/template.yaml", RULE.replace("OrderCreated", "OrderCreatedV2"))
    assert clone.found() == []


def test_a_new_event_is_compared_with_nothing(clone: Clone) -> None:
    clone.write("orders/events/OrderCreatedV2.json", {**SCHEMA, "required": ["detail"]})
    assert clone.found() == []


def test_a_base_can_be_given(clone: Clone, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def says(*arguments: str) -> str:
        main([*arguments], clone.root)
        return capsys.readouterr().out

    first = clone.git("rev-parse", "HEAD")
    clone.change(lambda d: d["properties"].pop("note"))
    second = clone.commit()
    stopped = "detail.note is no longer described: breaking for consumers: loyalty"
    assert stopped in says("--base", first)
    assert stopped not in says("--base", second)
    monkeypatch.setenv("BASE", second)
    assert stopped not in says()
    monkeypatch.setenv("BASE", "no-such-branch")
    assert "there is no revision no-such-branch in this clone - fetch it, or name another" in says()


def test_a_note_says_that_a_base_has_no_events(clone: Clone) -> None:
    clone.git("rm", "-q", "-r", "orders/events")
    empty = clone.commit()
    clone.write(FILE, SCHEMA)
    assert read_base(clone.root, empty).remark == f"there is no event in {empty[:12]}: nothing was compared"


def test_a_main_branch_of_another_name_is_found(clone: Clone, tmp_path_factory: pytest.TempPathFactory) -> None:
    clone.git("switch", "-q", "main")
    clone.git("branch", "-m", "trunk")
    there = clone.git("rev-parse", "trunk")
    copy = Clone.copied(clone, tmp_path_factory.mktemp("copies") / "copy")
    copy.git("switch", "-q", "-c", "work")
    for name in ("A", "B"):
        copy.write("README.md", f"# {name}")
        copy.commit()
    assert (read_base(copy.root).revision, read_base(copy.root).remark) == (there, "")


def test_without_a_main_branch_the_last_commit_is_compared_with_a_note(clone: Clone) -> None:
    clone.git("branch", "-q", "-D", "main")
    clone.change(lambda d: d["properties"].pop("note"))
    clone.commit()
    assert len(clone.found()) == 1
    assert read_base(clone.root).remark.endswith("is here: only the last commit was compared")


def test_a_commit_that_no_branch_holds_is_compared_with_main(clone: Clone) -> None:
    clone.git("switch", "-q", "--detach")
    clone.change(lambda d: d["properties"].pop("note"))
    clone.commit()
    clone.write("README.md", "# More")
    clone.commit()
    assert len(clone.found()) == 1


def test_compare_lists_every_change_and_fails_for_a_breaking_one(
    clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    clone.change(lambda d: d["properties"].update(gift={"type": "boolean"}))
    clone.write("orders/events/OrderSplit.json", SCHEMA)
    assert print_changes(clone.root, "") == 0
    message = capsys.readouterr().out
    assert "2 changes, 0 of them breaking" in message
    assert "  OrderCreated of orders (read by loyalty): detail.gift is new: compatible" in message
    assert "  OrderSplit of orders is new: compatible" in message
    clone.change(lambda d: d["properties"].pop("note"))
    assert print_changes(clone.root, "") == 1
    assert "(read by loyalty): detail.note is no longer described: breaking for consumers" in capsys.readouterr().out
    (clone.root / FILE).unlink()
    assert print_changes(clone.root, "") == 1
    assert "  OrderCreated of orders was deleted: breaking for consumers: loyalty" in capsys.readouterr().out


def test_a_schema_that_is_closed_now_names_its_consumers(clone: Clone) -> None:
    clone.change(lambda d: d.update(additionalProperties=False))
    (finding,) = clone.found()
    assert "detail refuses fields that it does not describe: breaking for producers" in finding.what
    assert "consumed by loyalty" in finding.what


def test_a_note_says_that_a_clone_is_shallow(
    clone: Clone, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path_factory.mktemp("shallow") / "copy"
    clone.git("switch", "-q", "main")
    clone.change(lambda d: d["properties"].update(gift={"type": "boolean"}))
    clone.commit()
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{clone.root}", copy], check=True)
    repository = Repository.at(copy)
    assert list(check_changes(repository)) == []
    assert "this clone has no history" in repository.remarks[0]
    main([], copy)
    assert "lint: note: not every change of an event was checked" in capsys.readouterr().out


def test_the_first_commit_is_compared_with_itself(clone: Clone) -> None:
    assert read_base(clone.root).revision == clone.git("rev-parse", "HEAD")
    assert read_base(clone.root).remark == ""


@pytest.mark.parametrize(("prepare", "expected"), [([], "no git clone"), (["init", "-q"], "no commit")])
def test_a_note_says_that_a_folder_has_no_history(tmp_path: Path, prepare: list[str], expected: str) -> None:
    if prepare:
        subprocess.run(["git", "-C", tmp_path, *prepare], check=True)
    with pytest.raises(NoBase, match=expected):
        read_base(tmp_path)


def test_a_base_with_files_that_are_no_schemas_is_read_all_the_same(clone: Clone) -> None:
    clone.write("orders/events/Broken.json", "{")
    clone.write("orders/events/Odd.json", {"type": "thing"})
    clone.write("orders/events/List.json", [])
    revision = clone.commit()
    assert set(read_base(clone.root, revision).schemas) == {("orders", "OrderCreated")}


def test_a_broken_schema_now_is_for_another_check(clone: Clone) -> None:
    clone.write(FILE, "{")
    assert clone.found() == []


def test_the_name_of_the_next_version() -> None:
    assert [next_name(name) for name in ("OrderCreated", "OrderCreatedV2", "TV", "OrderV19")] == [
        "OrderCreatedV2",
        "OrderCreatedV3",
        "TVV2",
        "OrderV20",
    ]

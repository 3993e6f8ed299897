"""The files of the saved state, and the forked copies that write them. Without a cloud."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.local.home import LocalCloudError
from tools.local.persistence import saver as saving
from tools.local.persistence.files import CHANGES, SNAPSHOT, Saved
from tools.local.persistence.forked import Copy, CopyFailed
from tools.local.persistence.parts import GrowingLists, Part, first_number, in_order
from tools.local.persistence.saver import Saver


class World:
    """A service with one value, and a list that grows."""

    def __init__(self, folder: Path) -> None:
        self.value = 0
        self.entries: list[dict[str, int]] = []
        self.there = True
        self.first = 0
        self.unchanged: frozenset[str] = frozenset()
        self._grown = GrowingLists()
        self.saver = Saver(folder, self.services, [self], json.dumps, lambda: self.unchanged)

    def services(self) -> Callable[[], dict[str, Any]]:
        state = {"one": {"value": self.value}, "still": {"a": 1}}
        return lambda: state

    def take(self) -> dict[str, Part]:
        return self._grown.take({"list": self.entries} if self.there else {})

    def forget(self) -> None:
        self._grown.forget()

    def loaded(self) -> None:
        self._grown.loaded({"list": self.entries}, {"list": self.first})

    def save(self) -> None:
        self.saver.begin()()
        self.saver.settle()

    def on_disk(self) -> Saved:
        return self.saver.files.read(json.loads)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def entries(saved: Saved) -> list[Any]:
    return in_order(saved.parts["list"])


def test_the_last_save_is_read(world: World) -> None:
    assert world.on_disk() == Saved()
    for number in range(5):
        world.value = number
        world.entries.extend({"n": one} for one in range(number * 10, number * 10 + 10))
        del world.entries[: 3 * number]
        world.save()
        saved = world.on_disk()
        assert saved.services == {"one": {"value": number}, "still": {"a": 1}}
        assert entries(saved) == world.entries
    world.there = False
    world.save()
    assert world.on_disk().parts == {}


def test_a_new_process_continues_with_the_changes(world: World, tmp_path: Path) -> None:
    world.entries.extend({"n": one} for one in range(5))
    world.save()
    world.value = 1
    world.save()
    before = (tmp_path / SNAPSHOT).read_bytes()

    after = World(tmp_path)
    saved = after.on_disk()
    after.value, after.entries = saved.services["one"]["value"], entries(saved)
    after.first = first_number(saved.parts["list"])
    after.saver.continue_after(saved)
    del after.entries[:2]
    after.entries.append({"n": 5})
    after.save()
    written = (tmp_path / CHANGES / "000000000003.jsonl").read_text()
    assert '["rows",[["000000000000",null],["000000000001",null],["000000000005",{"n":5}]]]' in written
    after.value = 2
    after.save()
    assert after.on_disk().services["one"] == {"value": 2}
    assert entries(after.on_disk()) == after.entries
    assert (tmp_path / SNAPSHOT).read_bytes() == before, (
        "the first save after a start does not take longer with more state"
    )


def test_only_changes_are_written(world: World, tmp_path: Path) -> None:
    world.entries.extend({"n": one} for one in range(1000))
    world.save()
    world.value = 7
    world.entries.append({"n": 1000})
    world.save()
    (file,) = (tmp_path / CHANGES).iterdir()
    content = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line for line in content if line[0] == "service"] == [["service", "one", {"value": 7}]]
    assert [line for line in content if line[0] == "rows"] == [["rows", [["000000001000", {"n": 1000}]]]]


def test_a_service_that_is_known_to_be_unchanged_is_not_encoded(world: World) -> None:
    world.unchanged = frozenset({"one"})
    world.save()
    assert world.on_disk().services["one"] == {"value": 0}, "a snapshot holds everything"
    world.value = 1  # the saver believes `unchanged`
    world.save()
    assert world.on_disk().services["one"] == {"value": 0}
    world.unchanged = frozenset()
    world.save()
    assert world.on_disk().services["one"] == {"value": 1}


def test_after_a_failed_save_nothing_counts_as_unchanged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.save()
    world.value = 1
    with monkeypatch.context() as patched:
        patched.setattr(world.saver.files, "commit_changes", broken)
        with pytest.raises(OSError, match="full"):
            world.save()
    world.unchanged = frozenset({"one"})
    world.save()
    assert world.on_disk().services["one"] == {"value": 1}


def broken(number: int) -> None:
    raise OSError(f"the disk is full at {number}")


def test_many_changes_become_a_new_snapshot(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saving, "COMPACT_BYTES", 2_000)
    sizes = []
    for number in range(60):
        world.value = number
        world.entries.extend({"n": one} for one in range(10))
        del world.entries[:-20]
        world.save()
        assert world.on_disk().services["one"] == {"value": number}
        assert entries(world.on_disk()) == world.entries
        sizes.append(sum(file.stat().st_size for file in tmp_path.rglob("*.jsonl")))
    assert max(sizes) < 8_000, "old changes are deleted"


def test_an_incomplete_last_save_is_skipped(world: World, tmp_path: Path) -> None:
    world.save()
    world.value = 1
    world.save()
    world.value = 2
    world.save()
    first, last = sorted((tmp_path / CHANGES).iterdir())
    last.write_bytes(last.read_bytes()[:-20])
    assert world.on_disk().services["one"] == {"value": 1}
    assert not last.exists(), "the failed save does not block the next one"

    first.write_bytes(first.read_bytes()[:-20])
    (tmp_path / CHANGES / "000000000009.jsonl").write_text('["number",9]\n["end"]\n')
    with pytest.raises(LocalCloudError, match="is damaged"):
        world.on_disk()


def test_a_full_disk_loses_no_changes(world: World, tmp_path: Path) -> None:
    world.save()
    full = tmp_path / CHANGES
    full.mkdir(exist_ok=True)
    (full / "2.new").symlink_to("/dev/full")
    (tmp_path / "snapshot-3.new").symlink_to("/dev/full")
    world.value = 5
    world.entries.append({"n": 1})
    with pytest.raises(CopyFailed, match="No space left"):
        world.save()
    with pytest.raises(CopyFailed, match="No space left"):
        world.save()
    assert world.on_disk().services["one"] == {"value": 0}
    world.save()
    assert world.on_disk().services["one"] == {"value": 5}
    assert entries(world.on_disk()) == [{"n": 1}]


def test_a_change_before_the_fold_that_fails_is_kept(world: World, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(saving, "COMPACT_BYTES", 10)
    for number in range(20):
        (tmp_path / f"snapshot-{number}.new").symlink_to("/dev/full")
    (tmp_path / "snapshot-1.new").unlink()
    for number in range(10):
        world.value = number
        world.save()
        assert world.on_disk().services["one"] == {"value": number}


def no_more_processes() -> int:
    raise BlockingIOError("Resource temporarily unavailable")


def test_a_failed_fork_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes that a failed save took are no longer changes for the next save, so it saves everything."""
    world.save()
    world.entries.append({"n": 1})
    with monkeypatch.context() as crowded:
        crowded.setattr("os.fork", no_more_processes)
        open_before = len(list(Path("/dev/fd").iterdir()))
        with pytest.raises(OSError, match="unavailable"):
            world.saver.begin()
        assert len(list(Path("/dev/fd").iterdir())) == open_before
    world.entries.append({"n": 2})
    world.save()
    assert entries(world.on_disk()) == [{"n": 1}, {"n": 2}]


def test_changes_are_saved_when_no_snapshot_can_be_written(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.save()
    monkeypatch.setattr(saving, "COMPACT_FILES", -1)
    world.entries.append({"n": 1})
    fork, forks = os.fork, iter([True, False])
    monkeypatch.setattr("os.fork", lambda: fork() if next(forks) else no_more_processes())
    world.save()
    assert entries(world.on_disk()) == [{"n": 1}]


def test_a_state_saved_at_the_end_is_not_replaced_by_an_older_one(world: World, tmp_path: Path) -> None:
    world.save()
    world.value = 1
    finish = world.saver.begin()
    world.value = 2
    world.saver.save_now()
    finish()
    assert world.on_disk().services["one"] == {"value": 2}
    assert (tmp_path / SNAPSHOT).exists()


def test_a_copy_returns_its_result_or_its_error() -> None:
    assert Copy(lambda: {"a": [1]}).result(10) == {"a": [1]}
    with pytest.raises(CopyFailed, match="OSError: why"):
        Copy(raising(OSError("why"))).result(10)


def test_a_copy_that_hangs_is_killed() -> None:
    begin = time.monotonic()
    with pytest.raises(CopyFailed, match="status -9"):
        Copy(lambda: time.sleep(60)).result(0.2)
    assert time.monotonic() - begin < 10


def raising(error: Exception) -> Callable[[], Any]:
    def work() -> Any:
        raise error

    return work

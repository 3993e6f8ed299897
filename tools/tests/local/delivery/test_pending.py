"""Accepted work outlives the process, however it ends."""

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tools.local.delivery.pending import Pending


def opened(folder: Path, snapshot: dict[str, object] | None = None) -> Pending:
    pending = Pending()
    if snapshot is not None:
        pending.load_persisted_state(snapshot)
    pending.open(folder)
    return pending


def ids(pending: Pending) -> list[str]:
    return [work_id for work_id, _, _ in pending.all()]


def test_a_snapshot_holds_what_is_pending(tmp_path: Path) -> None:
    pending = opened(tmp_path)
    for name in "abc":
        pending.accept(name, "k", {"n": 0}, journal=True)
    pending.finish("a")
    pending.change("b", "k", {"n": 1})
    snapshot = pending.get_state()
    pending.drop_journals(snapshot["journal"])
    assert not list(tmp_path.iterdir())
    assert opened(tmp_path, snapshot).all() == [("b", "k", {"n": 1}), ("c", "k", {"n": 0})]


def test_work_accepted_after_the_snapshot_is_done_again(tmp_path: Path) -> None:
    """Finished work too: its effects may be lost with the state."""
    pending = opened(tmp_path)
    snapshot = pending.get_state()
    pending.accept("a", "k", {}, journal=True)
    pending.finish("a")
    pending.accept("b", "k", {}, journal=True)
    pending.accept("hop", "k", {}, journal=False)
    assert ids(opened(tmp_path, snapshot)) == ["a", "b"]


def test_an_incomplete_last_line_is_ignored(tmp_path: Path) -> None:
    pending = opened(tmp_path)
    pending.accept("a", "k", {}, journal=True)
    (journal,) = tmp_path.iterdir()
    with journal.open("a") as handle:
        handle.write('["b","k",{"x')
    again = opened(tmp_path)
    assert ids(again) == ["a"]
    again.accept("c", "k", {}, journal=True)
    assert ids(opened(tmp_path)) == ["a", "c"]


def test_a_journal_stays_until_its_snapshot_is_written(tmp_path: Path) -> None:
    pending = opened(tmp_path)
    pending.accept("a", "k", {}, journal=True)
    first = pending.get_state()
    pending.accept("b", "k", {}, journal=True)
    assert len(list(tmp_path.iterdir())) == 2
    pending.drop_journals(first["journal"])
    assert ids(opened(tmp_path, first)) == ["a", "b"]


@given(st.lists(st.sampled_from(["accept", "finish", "take", "write", "kill"]), max_size=60))
def test_nothing_accepted_is_ever_lost(steps: list[str]) -> None:
    """All work that the last written snapshot does not know as finished exists after any kill."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "journal"
        pending, number = opened(folder), 0
        open_work: set[str] = set()
        taken = written = None
        safe_to_miss: set[str] = set()
        finished: set[str] = set()
        finished_as_taken: set[str] = set()
        for step in steps:
            if step == "accept":
                number += 1
                pending.accept(str(number), "k", {}, journal=True)
                open_work.add(str(number))
            elif step == "finish" and open_work:
                done = min(open_work)
                open_work.discard(done)
                finished.add(done)
                pending.finish(done)
            elif step == "take":
                taken, finished_as_taken = pending.get_state(), set(finished)
            elif step == "write" and taken is not None:
                written, safe_to_miss = taken, finished_as_taken
                pending.drop_journals(written["journal"])
            elif step == "kill":
                pending = opened(folder, written)
                everything = {str(one) for one in range(1, number + 1)}
                assert set(ids(pending)) >= everything - safe_to_miss
                open_work = set(ids(pending))
                finished -= open_work
                taken = None

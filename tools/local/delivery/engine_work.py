"""Accepted work that outlives the process: asynchronous invocations and deliveries to targets, one driver job each."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tools.local.delivery import engine_delivery
from tools.local.delivery.driver import Step
from tools.local.delivery.engine_delivery import driver
from tools.local.delivery.pending import Pending
from tools.local.engine.patching import core, patch
from tools.local.persistence.engine_state import saver

State = Mapping[str, Any]
pending = Pending()
_lanes: dict[str, tuple[Callable[[State], str], int, Callable[[State], tuple[State, float] | None]]] = {}


def register(
    kind: str, lane: Callable[[State], str], limit: int, work: Callable[[State], tuple[State, float] | None]
) -> None:
    """Register a kind of work: its lane, and a step that returns the new state and its next time, or None."""
    _lanes[kind] = lane, limit, work


def accept(work_id: str, kind: str, state: State, *, journal: bool = True) -> None:
    """Accept a piece of work and start it."""
    pending.accept(work_id, kind, state, journal=journal)
    _submit(work_id, kind, state)


def _submit(work_id: str, kind: str, state: State) -> None:
    lane, limit, work = _lanes[kind]
    driver.submit(work_id, lane(state), _step(work_id, kind, work), limit=limit)


def _step(work_id: str, kind: str, work: Callable[[State], tuple[State, float] | None]) -> Step:
    def step() -> float | None:
        _, state = pending.get(work_id)
        again = work(state)
        if again is None:
            pending.finish(work_id)
            return None
        pending.change(work_id, kind, again[0])
        return again[1]

    return step


class _Saved:
    """The pending work as a part of the saved state. Its journals are deleted when the snapshot is on the disk."""

    def __init__(self) -> None:
        self._journals: dict[int, int] = {}

    def get_state(self) -> dict[str, Any]:
        state = pending.get_state()
        self._journals[saver().next_number] = state["journal"]
        return state

    def load_persisted_state(self, data: dict[str, Any]) -> None:
        pending.load_persisted_state(data)

    def reset(self) -> None:
        pending.reset()

    def written(self, number: int) -> None:
        journal = self._journals.pop(number, None)
        self._journals = {later: one for later, one in self._journals.items() if later > number}
        if journal is not None:
            pending.drop_journals(journal)


@engine_delivery.at_start
def _resume() -> None:
    pending.open(Path(os.environ["STATE_DIR"]) / "journal")
    for work_id, kind, state in pending.all():
        _submit(work_id, kind, state)


@patch
def accepted_work_is_kept() -> None:
    """AWS keeps accepted work until it is delivered. The engine keeps it in threads."""
    app, saved = core("app"), _Saved()
    app._loaded_modules["delivery"] = saved
    app._state_map["delivery"] = "delivery"
    saver().on_saved.append(saved.written)

"""A schedule -> a snapshot of all rows, if one of them changed since the last one."""

from typing import Any

from ecom.aws import create_during_init
from search_service import bootstrap
from search_service.following import OVERLAP
from search_service.snapshots import USED_FOR, Snapshot


def handler(_event: dict[str, Any], _context: object) -> None:
    rows, snapshots, now = bootstrap.rows(), bootstrap.snapshots(), bootstrap.now()
    taken_at = snapshots.taken_at()
    # Taken anew long before it may no longer be used.
    is_young = taken_at is not None and now - taken_at < USED_FOR.total_seconds() * 1000 / 2
    if taken_at is not None and is_young and not rows.has_changed(taken_at - OVERLAP):
        return
    snapshots.store(Snapshot(now, list(rows.all())))


create_during_init(bootstrap.rows, bootstrap.snapshots)

"""Table streams across a restart.

The engine saves the position of each event source mapping in a stream, but not the stream. After a restart the
positions point behind an empty stream, and changes are skipped until the stream is as long as before.
"""

from collections.abc import Iterator
from typing import Any

from tools.local.engine.patching import core, patch, service

Scope = tuple[str, str, str]


class _Streams:
    """A part of the saved state: how many records preceded the unread ones of every stream. `engine_lists.py` saves the
    records."""

    def get_state(self) -> dict[str, Any]:
        return {"streams": [{"scope": list(scope), "before": before} for scope, before, _ in unread()]}

    def load_persisted_state(self, data: dict[str, Any]) -> None:
        dynamodb = service("dynamodb")
        for stream in data["streams"]:
            dynamodb._stream_records.set_scoped(*stream["scope"], stream["records"])
            dynamodb._stream_trimmed.set_scoped(*stream["scope"], stream["before"])

    def reset(self) -> None:
        """Nothing to do: the engine's reset deletes the records."""


def unread() -> Iterator[tuple[Scope, int, list[dict[str, Any]]]]:
    """Each stream: how many records preceded the unread ones, and these."""
    dynamodb = service("dynamodb")
    for (account, region, table), records in dynamodb._stream_records.all_items():
        begin = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
        read = max(0, first_unread(table) - begin)
        yield (account, region, table), begin + read, records[read:]


def first_unread(table: str) -> int:
    """The position of the slowest reader of a table's stream; 0 without a reader, since one may be added."""
    functions = service("lambda_svc")
    positions = [
        functions._dynamodb_stream_positions.get_scoped(account, region, mapping, 0)
        for (account, region, mapping), record in functions._esms.all_items()
        if f":table/{table}/stream/" in record.get("EventSourceArn", "")
    ]
    return min(positions, default=0)


@patch
def streams_survive_a_restart() -> None:
    """AWS keeps the records of a stream for a day, and a reader continues at its position."""
    app = core("app")
    app._loaded_modules["table_streams"] = _Streams()
    app._state_map["table_streams"] = "table_streams"

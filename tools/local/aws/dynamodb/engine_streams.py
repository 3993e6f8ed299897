"""Table streams across a restart.

The engine saves how far each event source mapping has read a stream, but not the stream: after a restart the positions
point past an empty stream, and changes are skipped until it has grown as long as before.
"""

from collections.abc import Iterator
from typing import Any

from tools.local.engine.patching import core, patch, service

Scope = tuple[str, str, str]


class _Streams:
    """A part of the saved state: how much came before what is still to be read of every stream. The records
    themselves are saved as they come; see `parts.py`."""

    def get_state(self) -> dict[str, Any]:
        return {"streams": [{"scope": list(scope), "before": before} for scope, before, _ in unread()]}

    def load_persisted_state(self, data: dict[str, Any]) -> None:
        dynamodb = service("dynamodb")
        for stream in data["streams"]:
            dynamodb._stream_records.set_scoped(*stream["scope"], stream["records"])
            dynamodb._stream_trimmed.set_scoped(*stream["scope"], stream["before"])

    def reset(self) -> None:
        """The records are the engine's own, and go with its reset."""


def unread() -> Iterator[tuple[Scope, int, list[dict[str, Any]]]]:
    """Each stream: how many records came before what is still to be read, and that."""
    dynamodb = service("dynamodb")
    for (account, region, table), records in dynamodb._stream_records.all_items():
        begin = dynamodb._stream_trimmed.get_scoped(account, region, table, 0)
        read = max(0, first_unread(table) - begin)
        yield (account, region, table), begin + read, records[read:]


def first_unread(table: str) -> int:
    """How far every reader of a table's stream has come; 0 when there is none, since one may come."""
    functions = service("lambda_svc")
    positions = [
        functions._dynamodb_stream_positions.get_scoped(account, region, mapping, 0)
        for (account, region, mapping), record in functions._esms.all_items()
        if f":table/{table}/stream/" in record.get("EventSourceArn", "")
    ]
    return min(positions, default=0)


@patch
def streams_survive_a_restart() -> None:
    """AWS keeps the records of a stream for a day, and a reader goes on where it was."""
    app = core("app")
    app._loaded_modules["table_streams"] = _Streams()
    app._state_map["table_streams"] = "table_streams"

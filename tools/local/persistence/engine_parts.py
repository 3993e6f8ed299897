"""The large parts of the engine's state, of which a save holds only the changes: the items of tables (here), the lists
of `engine_lists.py`, `engine_log_events.py`, and the metrics of `engine_saved_metrics.py`.

A part is removed from its service's state before a save, and restored before the service loads it.
"""

import json
import threading
from collections.abc import Callable
from typing import Any, Protocol

from tools.local.aws.cloudwatch.engine_saved_metrics import Metrics
from tools.local.aws.logs.engine_log_events import LogEvents
from tools.local.engine.patching import patch, service
from tools.local.persistence.engine_lists import ArchivedEvents, Scopes, SentMails, Services, StreamRecords
from tools.local.persistence.parts import Part, Row, Source, part_name

Table = dict[str, Any]


class EngineSource(Source, Protocol):
    """A source that also knows which service its parts belong to."""

    kind: str

    def remove_parts(self, services: Services) -> None:
        """Remove the parts from `services`. The services still use the objects referred to, so they must not be
        changed."""
        ...

    def restore_parts(self, services: Services, parts: Scopes) -> None: ...


class _Items:
    """The items of every table, with the keys that were written."""

    kind = "items"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._written: dict[int, tuple[Table, set[tuple[str, str]]]] = {}
        # Table name -> the mapping that holds its items. Another mapping means that all items were replaced.
        self._known: dict[str, Any] = {}

    def note(self, table: Table, hash_key: str, range_key: str) -> None:
        """Record that an item was written or removed. Call it afterwards."""
        with self._lock:
            self._written.setdefault(id(table), (table, set()))[1].add((hash_key, range_key))

    def take(self) -> dict[str, Part]:
        with self._lock:
            written, self._written = self._written, {}
        tables = self._tables()
        known, self._known = self._known, {name: table["items"] for name, table in tables.items()}
        return {
            name: items_part(table, written.get(id(table), (table, set()))[1], known.get(name) is not table["items"])
            for name, table in tables.items()
        }

    def _tables(self) -> dict[str, Table]:
        return {
            part_name(self.kind, *scope, str(table.get("TableId", ""))): table
            for scope, table in service("dynamodb")._tables.all_items()
        }

    def forget(self) -> None:
        self._known = {}

    def loaded(self) -> None:
        self._written = {}
        self._known = {name: table["items"] for name, table in self._tables().items()}

    def remove_parts(self, services: Services) -> None:
        tables = services["dynamodb"]["tables"]._data if "dynamodb" in services else {}
        for scope, table in tables.items():
            tables[scope] = {name: value for name, value in table.items() if name != "items"}

    def restore_parts(self, services: Services, parts: Scopes) -> None:
        tables = services.get("dynamodb", {}).get("tables")
        for scope, table in tables._data.items() if tables else ():
            table["items"] = {}
            for key, item in parts.get((*scope, str(table.get("TableId", ""))), {}).items():
                hash_key, range_key = json.loads(key)
                table["items"].setdefault(hash_key, {})[range_key] = item


def items_part(table: Table, written: set[tuple[str, str]], complete: bool) -> Part:
    def everything() -> list[Row]:
        return [
            (json.dumps([hash_key, range_key]), item)
            for hash_key, of_hash in table["items"].items()
            for range_key, item in of_hash.items()
        ]

    def changed() -> list[Row]:
        return [(json.dumps(key), table["items"].get(key[0], {}).get(key[1])) for key in written]

    return Part(complete, everything if complete else changed, everything)


_items = _Items()
SOURCES: tuple[EngineSource, ...] = (_items, StreamRecords(), ArchivedEvents(), LogEvents(), Metrics(), SentMails())


@patch
def written_items_are_recorded() -> None:
    """AWS is durable. The engine writes and removes every item in two functions; this records the keys for the next
    save."""
    dynamodb = service("dynamodb")

    def noting(original: Callable[..., Any]) -> Callable[..., Any]:
        def write(table: Table, hash_key: str, range_key: str, *item: Any) -> Any:
            before = original(table, hash_key, range_key, *item)
            _items.note(table, hash_key, range_key)
            return before

        return write

    dynamodb._set_item = noting(dynamodb._set_item)
    dynamodb._remove_item = noting(dynamodb._remove_item)

"""What the engine holds, as one snapshot file that is replaced in one step.

The engine saves on a clean end only, service by service. A snapshot here holds all services as they were at one
moment, so that what one transaction wrote to two tables is in it or not, and can be taken at any time: it is encoded
on the event loop, between requests, and written elsewhere. S3 objects and function packages are files of their own,
named by key and by content; a snapshot refers to them.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

from tools.local.engine.frame import core, patch
from tools.local.home import LocalCloudError

log = logging.getLogger("local.state")

FILE = "snapshot.json"
# These services copy their whole state before it is saved, ten times dearer than encoding it. The snapshot is encoded
# before anything else runs, and their `get_state` changes nothing, so they are read in place.
READ_IN_PLACE = (
    "dynamodb",
    "cloudwatch_logs",
    "sqs",
    "eventbridge",
    "iam",
    "cloudformation",
    "apigateway_v1",
    "cognito",
)
_in_place = SimpleNamespace(deepcopy=lambda value: value, copy=lambda value: value)
ATTEMPTS = 5


@dataclass(frozen=True)
class Snapshot:
    """The encoded state at one moment, numbered in the order of taking."""

    number: int
    content: bytes


class Snapshots:
    """Takes, writes and reads the snapshots of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._loaded: dict[str, Any] | None = None
        self._taken = 0
        self._written = Snapshot(0, b"")
        self._writing = threading.Lock()
        self.told: list[Callable[[int], None]] = []
        """Called with the number of each snapshot that is on the disk."""

    @property
    def next_number(self) -> int:
        """The number of the snapshot that is taken next, or is being taken."""
        return self._taken + 1

    def take(self) -> Snapshot:
        """Encode the state of every loaded service. Call it on the event loop, between requests."""
        parts = [
            f"{json.dumps(name)}:{encode(name, get_state)}"
            for name, get_state in core("app")._build_persistence_save_dict().items()
        ]
        self._taken += 1
        return Snapshot(self._taken, ("{" + ",\n".join(parts) + "}").encode())

    def write(self, snapshot: Snapshot) -> None:
        """Replace the file, and be sure that it is on the disk; from any thread.

        An unchanged snapshot is not written again, and an older one never replaces a newer one.
        """
        with self._writing:
            if snapshot.number < self._written.number or snapshot.content == self._written.content:
                return
            fresh = self._file.with_suffix(".new")
            with fresh.open("wb") as handle:
                handle.write(snapshot.content)
                handle.flush()
                os.fsync(handle.fileno())
            fresh.replace(self._file)
            self._written = snapshot
            for tell in self.told:
                tell(snapshot.number)

    def load(self, service: str) -> Any:
        """The saved state of a service, or None."""
        if self._loaded is None:
            self._loaded = self._read()
        return self._loaded.get(service)

    def _read(self) -> dict[str, Any]:
        try:
            said = json.loads(self._file.read_text(), object_hook=core("core.persistence")._json_object_hook)
        except FileNotFoundError:
            return {}
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict) or not all(isinstance(of_service, dict) for of_service in said.values()):
            raise LocalCloudError(f"{self._file} is damaged; `make run FRESH=1` starts without it")
        return said


def encode(name: str, get_state: Callable[[], Any]) -> str:
    """The JSON of one service's state, in one go."""
    if name in READ_IN_PLACE and isinstance(get_state, FunctionType):
        get_state = FunctionType(get_state.__code__, {**get_state.__globals__, "copy": _in_place})
    default = core("core.persistence")._json_default
    for attempt in range(ATTEMPTS):
        try:
            return json.dumps(get_state(), default=default)
        except RuntimeError:
            # A thread of the engine changed a mapping meanwhile.
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


_snapshots: list[Snapshots] = []


def snapshots() -> Snapshots:
    """The snapshots of this process's state folder."""
    if not _snapshots:
        _snapshots.append(Snapshots(Path(os.environ["STATE_DIR"])))
    return _snapshots[0]


def stop_workers() -> None:
    """End every Lambda worker process and remove its files."""
    core("core.lambda_runtime").reset()


@patch
def state_is_one_snapshot() -> None:
    """AWS does not forget. The engine saves on a clean end only, each service for itself; and starts without a service
    whose state it cannot read or restore."""
    app = core("app")

    def restore() -> None:
        for name, module in app._state_map.items():
            state = snapshots().load(name)
            if state:
                app._get_module(module).load_persisted_state(state)

    def save(_services: object) -> None:
        snapshots().write(snapshots().take())

    app._load_persisted_state = restore
    app.save_all = save


@patch
def packages_are_hashed_once() -> None:
    """The engine hashes the package of every function and version at every save, and removes the packages that the
    new state does not name before that state is on the disk. Here they go at the next start."""
    service = core("services.lambda_svc")
    original: Callable[[bytes], str] = service._write_code_blob
    known: dict[int, tuple[bytes, str]] = {}

    def write(code: bytes) -> str:
        found = known.get(id(code))
        if found is None or found[0] is not code:
            found = known[id(code)] = (code, original(code))
        return found[1]

    def keep(referenced: set[str]) -> None:
        for key in [key for key, (_, sha) in known.items() if sha not in referenced]:
            del known[key]

    service._write_code_blob = write
    service._prune_orphan_code_blobs = keep


def remove_unused_packages() -> None:
    """Remove the packages that no function names; call it when the state has been loaded."""
    service = core("services.lambda_svc")
    used = set()
    for function in service._functions._data.values():
        for record in (function, *function.get("versions", {}).values()):
            if isinstance(record.get("code_zip"), bytes):
                used.add(hashlib.sha256(record["code_zip"]).hexdigest())
    for file in Path(service.CODE_BLOB_DIR).glob("*.zip"):
        if file.stem not in used:
            file.unlink()

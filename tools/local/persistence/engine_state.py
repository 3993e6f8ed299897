"""Reading and restoring the state of the engine.

The engine saves only on a clean shutdown, service by service. Here a save holds all services at one moment, so a
transaction over two tables is in it completely or not at all. It can happen at any time between two requests: a copy of
the process encodes and writes (see `saver.py`). Items of tables, streams and archives are saved by their changes. S3
objects and function packages are separate files, named by key and by content; the state refers to them.
"""

import builtins
import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any

from tools.local.aws.cloudformation.engine_stack_changes import SERVICE as STACKS
from tools.local.aws.cloudformation.engine_stack_changes import stack_changes
from tools.local.engine.patching import core, patch
from tools.local.home import LocalCloudError
from tools.local.persistence.engine_parts import SOURCES
from tools.local.persistence.files import Saved
from tools.local.persistence.saver import Saver

log = logging.getLogger("local.state")

# These services copy their whole state before it is saved, which costs ten times as much as encoding it. The state is
# encoded in a copy of the process, and their `get_state` changes only what `_as_deep_as_it_is_changed` copies, so their
# state is read without a copy.
READ_IN_PLACE = (
    "dynamodb",
    "cloudwatch",
    "cloudwatch_logs",
    "sqs",
    "sns",
    "ssm",
    "eventbridge",
    "iam",
    "cloudformation",
    "apigateway",
    "apigateway_v1",
    "appsync",
    "cognito",
    "secretsmanager",
    "lambda",
)


def _as_deep_as_it_is_changed(value: Any) -> Any:
    """A copy of a function's record and versions, where `get_state` replaces the code with a reference; other values as
    they are."""
    if isinstance(value, dict) and isinstance(value.get("versions"), dict):
        return {**value, "versions": {name: dict(version) for name, version in value["versions"].items()}}
    return value


_in_place = SimpleNamespace(deepcopy=_as_deep_as_it_is_changed, copy=lambda value: value)


def in_place(get_state: FunctionType) -> Callable[[], Any]:
    """`get_state` without its deep copy, however it imported `copy`."""

    def imported(name: str, *how: Any) -> Any:
        return _in_place if name == "copy" else builtins.__import__(name, *how)

    seen = {**get_state.__globals__, "copy": _in_place, "__builtins__": {**vars(builtins), "__import__": imported}}
    return FunctionType(get_state.__code__, seen)


def encode(value: Any) -> str:
    """JSON with tags for the engine's own types and for bytes."""
    return json.dumps(value, default=core("core.persistence")._json_default, separators=(",", ":"))


def decode(text: str) -> Any:
    return json.loads(text, object_hook=core("core.persistence")._json_object_hook)


def services() -> Callable[[], dict[str, Any]]:
    """Take the state of every loaded service. Most of it refers to live objects; the returned function removes the
    parts."""
    found = {}
    for name, get_state in core("app")._build_persistence_save_dict().items():
        if name in READ_IN_PLACE and isinstance(get_state, FunctionType):
            get_state = in_place(get_state)
        state = get_state()
        if state is not None:
            found[name] = state

    def without_parts() -> dict[str, Any]:
        left = dict(found)
        for source in SOURCES:
            source.remove_parts(left)
        return left

    return without_parts


def unchanged() -> frozenset[str]:
    """The services whose state has certainly not changed since the last call."""
    return frozenset() if stack_changes.take() else frozenset({STACKS})


_saver: list[Saver] = []
# Set when the state was saved because the cloud stops: what is done from then on is lost.
saved_at_stop = threading.Event()


def saver() -> Saver:
    """The saver of this process's state."""
    if not _saver:
        folder = Path(os.environ["STATE_DIR"])
        if (folder / "snapshot.json").exists():
            raise LocalCloudError(f"{folder} was written by an older version; `make run FRESH=1` starts without it")
        _saver.append(Saver(folder, services, list(SOURCES), encode, unchanged))
    return _saver[0]


def stop_workers() -> None:
    """End every Lambda worker process and remove its files."""
    core("core.lambda_runtime").reset()


@patch
def state_is_saved_at_one_moment() -> None:
    """AWS is durable. The engine saves on a clean shutdown only, each service separately, and starts without the
    services whose state it cannot read."""
    app = core("app")

    def restore() -> None:
        saved = saver().files.read(decode)
        restore_parts(saved)
        for name, module in app._state_map.items():
            state = saved.services.get(name)
            if state:
                app._get_module(module).load_persisted_state(state)
        saver().continue_after(saved)

    def save(_services: object) -> None:
        try:
            saver().save_now()
        except OSError:
            log.exception("saving the state failed; the next start loads the last save")
        saved_at_stop.set()

    app._load_persisted_state = restore
    app.save_all = save


def restore_parts(saved: Saved) -> None:
    """Return the parts to the state of the services that they belong to."""
    by_kind: dict[str, dict[tuple[str, ...], Mapping[str, Any]]] = {}
    for name, rows in saved.parts.items():
        kind, *scope = json.loads(name)
        by_kind.setdefault(kind, {})[tuple(scope)] = rows
    for source in SOURCES:
        source.restore_parts(saved.services, by_kind.get(source.kind, {}))


@patch
def packages_are_hashed_once() -> None:
    """The engine hashes the package of every function and version at every save, and deletes packages that the new
    state does not use before that state is on the disk. Here they are deleted at the next start."""
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
    """Delete the packages that no function uses. Call it when the state has been loaded."""
    service = core("services.lambda_svc")
    used = set()
    for function in service._functions._data.values():
        for record in (function, *function.get("versions", {}).values()):
            if isinstance(record.get("code_zip"), bytes):
                used.add(hashlib.sha256(record["code_zip"]).hexdigest())
    for file in Path(service.CODE_BLOB_DIR).glob("*.zip"):
        if file.stem not in used:
            file.unlink()

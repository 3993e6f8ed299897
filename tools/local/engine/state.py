"""Saving what the engine holds, and ending what it started."""

from tools.local.engine.frame import core


def save_state() -> None:
    """Write the state of every loaded service; each file is replaced in one step."""
    core("core.persistence").save_all(core("app")._build_persistence_save_dict())


def stop_workers() -> None:
    """End every Lambda worker process and remove its files."""
    core("core.lambda_runtime").reset()

"""The names in exemptions.yaml."""

import functools
from pathlib import Path
from typing import Any

import yaml


@functools.cache
def _all() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "exemptions.yaml").read_text())
    unexplained = [entry["name"] for entries in found.values() for entry in entries if not entry.get("reason")]
    if unexplained:
        raise ValueError(f"exemptions.yaml: a reason is missing for {', '.join(unexplained)}")
    return found


@functools.cache
def exempt(kind: str) -> frozenset[str]:
    return frozenset(entry["name"] for entry in _all()[kind])


@functools.cache
def limited_by_a_condition() -> dict[str, str]:
    """Action -> the key of a condition."""
    return {entry["name"]: entry["condition"] for entry in _all()["actions_limited_by_a_condition"]}

"""Buildspecs, read and checked. The page "Build specification reference for CodeBuild".

A key that the local cloud does not know fails the build with its name.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")
_ON_FAILURE = re.compile(r"(ABORT|CONTINUE)|RETRY(?:-(?P<count>\d{1,3}))?(?:-(?P<regex>.+))?")


class SpecError(Exception):
    """A buildspec that is not valid, or asks for what the local cloud does not know."""


@dataclass(frozen=True)
class OnFailure:
    """What follows a failed phase. `kind` is empty when the buildspec does not say it."""

    kind: str = ""
    retries: int = 0
    pattern: str = ".*"


@dataclass(frozen=True)
class Phase:
    commands: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    on_failure: OnFailure = OnFailure()
    runtimes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Artifact:
    files: tuple[str, ...]
    base: str = ""
    excluded: tuple[str, ...] = ()
    discard_paths: bool = False


@dataclass(frozen=True)
class Spec:
    version: str
    shell: str
    variables: dict[str, str]
    parameters: dict[str, str]
    secrets: dict[str, str]
    exported: tuple[str, ...]
    phases: dict[str, Phase]
    artifact: Artifact | None
    secondary: dict[str, Artifact]
    cache_paths: tuple[str, ...]


def read(text: str) -> Spec:
    """The buildspec in `text`. Raises SpecError."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SpecError(f"YAML_FILE_ERROR: {' '.join(str(error).split())}") from None
    whole = _mapping(content, "buildspec", ("version", "env", "phases", "artifacts", "cache"))
    version = str(whole.get("version", ""))
    if version not in ("0.1", "0.2"):
        raise SpecError("YAML_FILE_ERROR: version must be 0.1 or 0.2")
    env = _mapping(
        whole.get("env"), "env", ("shell", "variables", "parameter-store", "secrets-manager", "exported-variables")
    )
    shell = str(env.get("shell", "sh"))
    if shell not in ("sh", "bash", "/bin/sh", "/bin/bash"):
        raise SpecError(f"the local cloud does not know the shell {shell}; sh and bash it does")
    phases = _mapping(whole.get("phases"), "phases", PHASES)
    if not phases:
        raise SpecError("YAML_FILE_ERROR: at least one phase is required")
    artifacts = whole.get("artifacts")
    secondary = _mapping(artifacts, "artifacts").get("secondary-artifacts") if artifacts else None
    return Spec(
        version=version,
        shell="/bin/bash" if shell.endswith("bash") else "/bin/sh",
        variables=_texts(env.get("variables"), "env.variables"),
        parameters=_texts(env.get("parameter-store"), "env.parameter-store"),
        secrets=_texts(env.get("secrets-manager"), "env.secrets-manager"),
        exported=tuple(_list(env.get("exported-variables"), "env.exported-variables")),
        phases={name: _phase(its, name) for name, its in phases.items()},
        artifact=_artifact(artifacts, "artifacts") if artifacts and "files" in artifacts else None,
        secondary={
            name: _artifact(its, f"secondary-artifacts.{name}")
            for name, its in _mapping(secondary, "secondary-artifacts").items()
        },
        cache_paths=tuple(_list(_mapping(whole.get("cache"), "cache", ("paths",)).get("paths"), "cache.paths")),
    )


def _phase(content: Any, name: str) -> Phase:
    known = ("commands", "finally", "on-failure", *(("runtime-versions",) if name == "install" else ()))
    phase = _mapping(content, f"phases.{name}", known)
    return Phase(
        commands=tuple(_list(phase.get("commands"), f"phases.{name}.commands")),
        final=tuple(_list(phase.get("finally"), f"phases.{name}.finally")),
        on_failure=_on_failure(str(phase.get("on-failure", "")), name),
        runtimes=_texts(phase.get("runtime-versions"), f"phases.{name}.runtime-versions"),
    )


def _on_failure(text: str, name: str) -> OnFailure:
    if not text:
        return OnFailure()
    found = _ON_FAILURE.fullmatch(text)
    if found is None:
        raise SpecError(f"the local cloud does not know on-failure {text} of phases.{name}")
    if found[1]:
        return OnFailure(found[1])
    return OnFailure("RETRY", int(found["count"] or 3), found["regex"] or ".*")


def _artifact(content: Any, place: str) -> Artifact:
    known = (
        "files",
        "name",
        "discard-paths",
        "base-directory",
        "exclude-paths",
        "enable-symlinks",
        "secondary-artifacts",
    )
    artifact = _mapping(content, place, known)
    if artifact.get("enable-symlinks") in (True, "yes"):
        raise SpecError(f"the local cloud does not know {place}.enable-symlinks")
    return Artifact(
        files=tuple(_list(artifact.get("files"), f"{place}.files")),
        base=str(artifact.get("base-directory") or ""),
        excluded=tuple(_list(artifact.get("exclude-paths"), f"{place}.exclude-paths")),
        discard_paths=artifact.get("discard-paths") in (True, "yes"),
    )


def _mapping(value: Any, place: str, known: Collection[str] | None = None) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SpecError(f"YAML_FILE_ERROR: {place} must be a mapping")
    for key in value:
        if known is not None and key not in known:
            raise SpecError(f"the local cloud does not know {key} of {place}")
    return value


def _list(value: Any, place: str) -> list[str]:
    if value is None:
        return []
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or any(isinstance(one, dict | list) or one is None for one in items):
        raise SpecError(f"YAML_FILE_ERROR: {place} must be a list of texts")
    return [_text(one) for one in items]


def _texts(value: Any, place: str) -> dict[str, str]:
    return {str(key): _text(one) for key, one in _mapping(value, place).items()}


def _text(value: Any) -> str:
    """YAML reads `true` and `1` as other types; a variable is a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)

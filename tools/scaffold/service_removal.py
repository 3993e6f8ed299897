"""Removal of a service from the checkout: only when nothing else needs it, and completely or not at all."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools import ROOT
from tools.check.rules.findings import Repository
from tools.events.figures import README
from tools.events.generate import wanted
from tools.events.generate import write as write_generated
from tools.pipeline.registration import register
from tools.project import observability
from tools.project.documents import relative
from tools.project.environments import read_all
from tools.project.problems import Problem
from tools.project.services import Service, dependents, discover, one, takers
from tools.scaffold.listings import fields_of, removed, without_fields
from tools.scaffold.writing import FRONTEND

_MOST_MENTIONS = 10


def not_needed(name: str, root: Path = ROOT) -> Service:
    """The service, if nothing else of the checkout needs it. Raises a Problem that lists what does."""
    service, services = one(name, root), discover(root)
    # What it resolves for the GraphQL API is removed with it.
    others = [other for other in takers(name, services) if other != FRONTEND or not fields_of(name, root)]
    needs = [
        *(f"{other}/template.yaml takes its SSM parameters" for other in others),
        *(f"{other}/template.yaml has a rule for its {event}" for other, event in _consumers(name, services)),
        *(f"environments.yaml has parameters for it in {each}" for each in _environments(name, root)),
    ]
    mentions = list(_mentions(service, root)) if not needs else []
    needs += mentions[:_MOST_MENTIONS]
    if len(mentions) > _MOST_MENTIONS:
        needs.append(f"and {len(mentions) - _MOST_MENTIONS} more lines")
    if needs:
        raise Problem("\n  ".join([f"{name} is still needed; change these first:", *needs]))
    return service


def _consumers(name: str, services: Mapping[str, Service]) -> Iterator[tuple[str, str]]:
    for other in services.values():
        for source, event in sorted(other.consumed_events):
            if source == name and other.name != name:
                yield other.name, event


def _environments(name: str, root: Path) -> list[str]:
    path = root / "environments.yaml"
    return [each.name for each in read_all(path).values() if name in each.services] if path.exists() else []


def _mentions(service: Service, root: Path) -> Iterator[str]:
    """Lines of other files that import its package, or link to its files."""
    name, package = re.escape(service.name), f"{service.name.replace('-', '_')}_service"
    uses = {
        ".py": re.compile(rf"^\s*(?:from|import)\s+{package}\b"),
        ".md": re.compile(rf"\]\((?:\./|\.\./)*{name}/"),
    }
    generated = {path.as_posix() for path in wanted(root)} - {README.as_posix()}
    repository = Repository.at(root)
    for file in repository.files:
        use = uses.get(Path(file).suffix)
        if use is None or file.startswith(f"{service.name}/") or file in generated:
            continue
        for number, line in enumerate(repository.text(file).splitlines(), 1):
            if use.search(line):
                yield f"{file}:{number}: {line.strip()[:100]}"


def uncommitted(service: Service, root: Path = ROOT) -> list[str]:
    """Files of the service whose content is in no commit. They cannot be restored."""
    listed = subprocess.run(
        ["git", "-C", root, "status", "--porcelain", "--untracked-files=all", "--", service.name],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        return [relative(service.folder)]  # no git checkout
    return [line[3:] for line in listed.stdout.splitlines() if "D" not in line[:2]]


def detach(service: Service, root: Path = ROOT) -> tuple[list[Path], list[str]]:
    """Take out of the other stacks what names the service: its fields in the GraphQL API, its alarm and its charts.
    The service itself stays. Return the changed paths, and the services to deploy before its stack can be deleted."""
    takers_now = dependents(service.name, discover(root))
    observed = service.folder / observability.FILE
    text = observed.read_bytes() if observed.is_file() else None
    texts = without_fields(service.name, root)
    changed = texts.write()
    try:
        if text is not None:
            observed.unlink()
            changed.append(observed.relative_to(root))
        changed += [*write_generated(root), *register([service.name, *takers_now], root)]
    except BaseException:
        texts.undo()
        if text is not None:
            observed.write_bytes(text)
        write_generated(root)
        raise
    return list(dict.fromkeys(changed)), takers_now


def remove(service: Service, root: Path = ROOT) -> list[Path]:
    """Delete the folder, what lists name of it, and what was generated from it. Return the changed paths."""
    also = [FRONTEND] if fields_of(service.name, root) else []
    texts = removed(service.name, root)
    with tempfile.TemporaryDirectory(dir=root, prefix=".remove-service-") as scratch:
        kept = Path(scratch) / service.name
        service.folder.rename(kept)
        try:
            changed = [service.folder.relative_to(root), *texts.write()]
            changed += [*write_generated(root), *register([service.name, *also], root)]
        except BaseException:
            kept.rename(service.folder)
            texts.undo()
            write_generated(root)
            register([service.name, *also], root)
            raise
        shutil.rmtree(kept)
    return list(dict.fromkeys(changed))

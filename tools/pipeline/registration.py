"""Every service of the platform has a pipeline, and roles in each environment: the lists of the three templates in
pipeline/, and the files of pipeline/roles/ and pipeline/boundaries/."""

import re
from collections.abc import Sequence
from pathlib import Path

from tools import ROOT
from tools.pipeline import rights
from tools.project.problems import Problem
from tools.project.services import deploy_order, of_platform

TEMPLATES = ("template.yaml", "environment.yaml", "boundaries.yaml")
_LIST = re.compile(
    r"(Fn::ForEach::(?:Pipelines|Roles|Boundaries):\n    - Service\n    - - )(.*?)(\n    - \"&\{Service\})", re.DOTALL
)

_PREFIXES = re.compile(r"(  ArtifactPrefixes:\n)(?:    \S+: \{ Prefix: \S+ \}\n)*")


def register(changed: Sequence[str], root: Path = ROOT) -> list[Path]:
    """Bring the lists up to date, and the roles of the services that came, changed or went. Returns the paths.
    Nothing is written when one of them cannot be made."""
    folder = root / "pipeline"
    if not folder.is_dir():
        return []
    known = of_platform(root)
    names = [name for group in deploy_order(known) for name in group]
    texts: dict[Path, str | None] = {}
    for file in TEMPLATES:
        path = folder / file
        before = path.read_text(encoding="utf-8")
        after = listing(before, names)
        if after != before:
            texts[path] = after
    # The role of a service is denied what belongs to services whose names begin with its name.
    shorter = [name for name in known if rights.neighbours(name, changed)]
    for name in dict.fromkeys([*changed, *shorter]):
        made = rights.texts_of(name, root) if name in known else {}
        for kind in (rights.FOLDER.name, rights.LIMITS.name):
            texts[folder / kind / f"{name}.yaml"] = made.get(kind)
    for path, text in texts.items():
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return [path.relative_to(root) for path in texts]


def listing(template: str, names: Sequence[str]) -> str:
    """The template with these services in its loop, and in its map of prefixes if it has one."""
    if not _LIST.search(template):
        raise Problem("pipeline/: a template has no loop `Pipelines`, `Roles` or `Boundaries` over services")
    listed = _LIST.sub(lambda found: found[1] + "\n      - ".join(names) + found[3], template)
    prefixes = "".join(f"    {name}: {{ Prefix: {rights.artifact_prefix(name)} }}\n" for name in names)
    return _PREFIXES.sub(lambda found: found[1] + prefixes, listed)

"""`make lock`: resolve every dependency group of pyproject.toml into requirements.lock, with hashes.

The groups service, those of single services (`service-{name}`), run and dev are resolved together, so that tests use
the versions that ship. Each package is listed in the first group that needs it. The groups sam, scan, load,
aws-cli and setup are resolved separately.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tools.setup import LOCK, MARK, ROOT, own_group

UV = Path(sys.executable).parent / "uv"
ALONE = ("sam", "scan", "load", "aws-cli", "setup")


def compile_group(requirements: list[str], constraints: str = "") -> dict[str, str]:
    """Resolve the requirements: package -> its lines of the lock."""
    with tempfile.TemporaryDirectory() as folder:
        wanted, pinned = Path(folder, "wanted.in"), Path(folder, "pinned.txt")
        wanted.write_text("\n".join(requirements))
        pinned.write_text(constraints)
        done = subprocess.run(
            [UV, "pip", "compile", "-q", "--universal", "--python-version", "3.11", "--generate-hashes",
             "--no-header", "--no-annotate", "--no-emit-index-url", "-c", pinned, wanted],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    blocks: dict[str, str] = {}
    name = ""
    for line in done.stdout.splitlines(keepends=True):
        if not line.startswith(" "):
            # A package that differs between platforms has several lines under one name.
            name = line.split("==")[0].strip()
            blocks[name] = blocks.get(name, "") + line
        else:
            blocks[name] += line
    return blocks


def wanted_groups() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    return groups


def layered(groups: dict[str, list[str]]) -> list[str]:
    """The groups that are resolved together, in the order in which they list packages."""
    return ["service", *(name for name in groups if name.startswith(own_group(""))), "run", "dev"]


def stamp(groups: dict[str, list[str]]) -> str:
    """The line of the lock that shows whether pyproject.toml has changed since."""
    digest = hashlib.sha256(json.dumps(groups, sort_keys=True).encode()).hexdigest()
    return f"# Groups of pyproject.toml: {digest[:16]}\n"


def main(argv: list[str]) -> None:
    form = argparse.RawDescriptionHelpFormatter
    argparse.ArgumentParser(prog="make lock", description=__doc__, formatter_class=form).parse_args(argv)
    groups = wanted_groups()
    out = ["# Made by `make lock` from pyproject.toml; do not edit.\n", stamp(groups)]
    together = compile_group([r for group in layered(groups) for r in groups[group]])
    pins = "".join(line for block in together.values() for line in pin_lines(block))
    listed: set[str] = set()
    wanted: list[str] = []
    for group in layered(groups):
        wanted += groups[group]
        names = set(compile_group(wanted, pins)) - listed
        listed |= names
        out += [f"{MARK}{group}\n", *(together[name] for name in sorted(names))]
    for group in ALONE:
        blocks = compile_group(groups[group])
        out += [f"{MARK}{group}\n", *(blocks[name] for name in sorted(blocks))]
    LOCK.write_text("".join(out))
    print(f"{LOCK.name}: {len(together)} packages")


def pin_lines(block: str) -> list[str]:
    return [line.rstrip().rstrip("\\") + "\n" for line in block.splitlines() if not line.startswith(" ")]


if __name__ == "__main__":
    main(sys.argv[1:])

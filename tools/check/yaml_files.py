"""Whether YAML files can be read, CloudFormation's tags included: `python -m tools.check.yaml_files FILE ...`."""

import sys
from collections.abc import Iterable
from pathlib import Path

from tools.project.documents import read_yaml
from tools.project.problems import Problem


def faults(files: Iterable[str]) -> list[str]:
    found = []
    for file in files:
        try:
            read_yaml(Path(file))
        except Problem as problem:
            found.append(str(problem))
    return found


if __name__ == "__main__":
    sys.exit("\n".join(faults(sys.argv[1:])) or 0)

"""`python -m tools.contracts generate`: write what is generated from the schemas and templates; `check`: is it so?"""

import argparse
import sys

from tools.contracts.generated import COMMAND, stale, write
from tools.problems import Problem


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.contracts", description=__doc__)
    parser.add_argument("verb", choices=("generate", "check"))
    try:
        if parser.parse_args(argv).verb == "generate":
            changed = [str(path) for path in write()]
            print(f"contracts: wrote {', '.join(changed)}" if changed else "contracts: everything is up to date")
            return 0
        old = [str(path) for path in stale()]
    except Problem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    if old:
        sys.stderr.write(f"error: out of date: {', '.join(old)}; run `{COMMAND}`\n")
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

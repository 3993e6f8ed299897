"""`make bench`, or `python -m tools.bench [NAME ...]`: measurements, each on a local cloud of its own.

Machines differ: compare counts and ratios, not times. A measurement is a module of this package with a `main()`.
"""

import importlib
import pkgutil
import subprocess
import sys

from tools import bench


def names() -> dict[str, str]:
    """Module -> the first line of its docstring."""
    found = {}
    for module in pkgutil.iter_modules(bench.__path__):
        if not module.name.startswith("_"):
            loaded = importlib.import_module(f"tools.bench.{module.name}")
            if hasattr(loaded, "main"):
                found[module.name] = (loaded.__doc__ or "").splitlines()[0]
    return found


def main(argv: list[str]) -> int:
    known = names()
    unknown = [name for name in argv if name not in known]
    if unknown or "--help" in argv:
        lines = "\n".join(f"  {name:<12} {summary}" for name, summary in known.items())
        if "--help" not in argv:
            sys.stderr.write(f"make bench: unknown measurement {', '.join(unknown)}\n")
        sys.stderr.write(f"usage: python -m tools.bench [NAME ...]\n{lines}\n")
        return 0 if "--help" in argv else 2
    if len(argv) == 1:
        print(f"\n## {argv[0]}\n", flush=True)
        return int(importlib.import_module(f"tools.bench.{argv[0]}").main())
    # Each in a process of its own: some replace the network by stubs, all set environment variables.
    codes = [
        subprocess.run([sys.executable, "-m", "tools.bench", name], check=False).returncode for name in argv or known
    ]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

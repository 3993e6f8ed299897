"""The whole platform on the local cloud. `make run` and `make up` call this."""

import argparse
import sys

from tools.local import lifecycle
from tools.local.home import Home, LocalCloudError
from tools.local_platform.run_platform import foreground, start_platform


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.local_platform", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, about in (
        ("run", "the whole platform in the foreground, until Ctrl-C"),
        ("up", "the whole platform in the background"),
    ):
        verb = verbs.add_parser(name, help=about, description=about)
        verb.add_argument("--fresh", action="store_true", help="delete the state first")
    arguments = parser.parse_args(argv)
    home = Home.from_environment()
    try:
        if arguments.verb == "run":
            return foreground(home, fresh=arguments.fresh)
        lifecycle.take_over(home)
        start_platform(home, fresh=arguments.fresh)
    except LocalCloudError as error:
        sys.stderr.write(f"{lifecycle.REASON_PREFIX}{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

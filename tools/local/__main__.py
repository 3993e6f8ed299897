"""The local cloud: AWS on this machine, from the real templates. `make down` calls this."""

import argparse
import sys

from tools.local import lifecycle
from tools.local.home import Home, LocalCloudError


def main(argv: list[str]) -> int:
    arguments = parser().parse_args(argv)
    home = Home.from_environment()
    try:
        return run(arguments, home)
    except LocalCloudError as error:
        sys.stderr.write(f"{lifecycle.REASON_PREFIX}{error}\n")
        return 1


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m tools.local", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, about in (
        ("start", "the cloud alone in the background, nothing deployed"),
        ("serve", "the cloud alone in the foreground"),
        ("down", "stop the cloud and everything that it started"),
        ("status", "show whether the cloud runs, and where"),
        ("ignored", "what the deployed templates ask for that has no effect here"),
    ):
        verb = verbs.add_parser(name, help=about, description=about)
        if name == "start":
            verb.add_argument("--fresh", action="store_true", help="delete the state first")
    return top


def run(arguments: argparse.Namespace, home: Home) -> int:
    if arguments.verb == "start":
        lifecycle.take_over(home)
        started = lifecycle.start(home, fresh=arguments.fresh)
        print(f"local cloud: {'started' if started else 'running already'} at {home.endpoint()}")
    elif arguments.verb == "serve":
        from tools.local.server import serve  # the engine's dependencies load only where they are used

        serve(home)
    elif arguments.verb == "down":
        print("local cloud: stopped" if lifecycle.stop(home) else "local cloud: was not running")
    elif arguments.verb == "ignored":
        from tools.local.aws.cloudformation.ignored import from_folder, report

        print(report(from_folder(home.folder)))
    else:
        return status(home)
    return 0


def status(home: Home) -> int:
    pid = home.running()
    if pid is None:
        print("local cloud: not running (`make up` starts it)")
        return 1
    print(f"local cloud: running at {home.endpoint()}, process {pid}, files in {home.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

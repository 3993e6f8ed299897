"""The whole platform on the local cloud. `make run`, `make up` and `make status` call this."""

import argparse
import os
import sys
from collections.abc import MutableMapping

from tools.explore.storefront_config import storefront_config
from tools.local import lifecycle
from tools.local.__main__ import status as cloud_status
from tools.local.home import Home, LocalCloudError
from tools.local_platform.run_platform import foreground, shop_address, start_platform
from tools.project.aws import readable, target
from tools.project.environments import chosen, read_all
from tools.project.problems import Problem, WrongUse

LOCAL = "local"
# What does the same, or as much as there is, in another environment.
ELSEWHERE = {"run": "deploy", "up": "deploy", "status": "check-deps"}


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.local_platform", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, about in (
        ("run", "the whole platform in the foreground, until Ctrl-C"),
        ("up", "the whole platform in the background"),
    ):
        verb = verbs.add_parser(name, help=about, description=about)
        verb.add_argument("--fresh", action="store_true", help="delete the state first")
        text = "count the demo's products and draw their pictures, in the background (make: always, unless GOODS=0)"
        verb.add_argument("--goods", action="store_true", help=text)
    about = "show whether the platform runs, and the values that a storefront needs"
    verbs.add_parser("status", help=about, description=about)
    arguments = parser.parse_args(argv)
    home = Home.from_environment()
    try:
        require_local(arguments.verb)
        forget_aws(os.environ)
        if arguments.verb == "status":
            return status(home)
        if arguments.verb == "run":
            return foreground(home, fresh=arguments.fresh, goods=arguments.goods)
        lifecycle.take_over(home)
        start_platform(home, fresh=arguments.fresh, goods=arguments.goods)
    except WrongUse as error:
        sys.stderr.write(f"make {arguments.verb}: {error}\n")
        return 2
    except (LocalCloudError, Problem) as error:
        sys.stderr.write(f"{lifecycle.REASON_PREFIX}{error}\n")
        return 1
    return 0


def require_local(verb: str) -> None:
    """Raise WrongUse when ENVIRONMENT chooses another environment: nothing of it is here."""
    environment = chosen()
    if environment.name != LOCAL:
        raise WrongUse(
            f"it is the platform on this machine, environment {LOCAL}, and ENVIRONMENT is {environment.name}; "
            f"use {environment.command(ELSEWHERE[verb])}"
        )


def forget_aws(environ: MutableMapping[str, str]) -> None:
    """Delete the variables of AWS, such as a profile. The SDK reads them in this process, even for the local cloud."""
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]


def status(home: Home) -> int:
    code = cloud_status(home)
    if code == 0:
        local = read_all()[LOCAL]
        with readable(local):
            sys.stdout.write(storefront_config(target(local)).as_lines())
        sys.stdout.write(f"  {'shop':<10} {shop_address() or 'not deployed: `make deploy-storefront`'}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

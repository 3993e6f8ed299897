"""Remove a service from the checkout: its folder, its entries in lists, and what was generated from it.

Refuses while another service needs it, and while its stack is deployed in the chosen environment. A deployed service is
detached first: other stacks then take nothing of it, and `make teardown-loyalty` can delete its stack.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from tools import ROOT
from tools.deploy.stacks import Stacks
from tools.local.home import Home
from tools.local.persistence.files import SNAPSHOT
from tools.project.aws import readable, target
from tools.project.command import Parser, end
from tools.project.environments import Environment, chosen
from tools.project.problems import Problem, WrongUse
from tools.project.services import Service
from tools.scaffold.service_removal import detach, not_needed, remove, uncommitted

USAGE = "make remove-service NAME=loyalty"


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="make remove-service", description=__doc__, epilog=USAGE)
    parser.add_argument("--name", default="", help="the service")
    parser.add_argument("--detach", action="store_true", help="take it out of the other stacks only (make: DETACH=1)")
    options = parser.parse_args(argv)
    name = options.name
    try:
        if not name:
            raise WrongUse(f"NAME is empty: {USAGE}")
        environment = chosen()
        service = not_needed(name)
        if options.detach:
            return detach_only(service, environment)
        with readable(environment):
            refuse_if_deployed(service, environment)
        refuse_if_uncommitted(service)
        changed = remove(service)
    except Problem as problem:
        sys.stderr.write(f"remove-service: {problem}\n")
        return 2 if isinstance(problem, WrongUse) else 1
    print(f"remove-service: removed or changed {', '.join(map(str, changed))}")
    print(f"checked for a stack in {environment.name} only; tables that `make teardown-{name}` kept are still there")
    return 0


def detach_only(service: Service, environment: Environment) -> int:
    refuse_if_uncommitted(service)
    changed, takers = detach(service)
    print(f"remove-service: removed or changed {', '.join(map(str, changed)) or 'nothing'}")
    deploy = [environment.command("deploy", name) for name in takers]
    then = [environment.command("teardown", service.name), f"`make remove-service NAME={service.name}`"]
    print(f"next: {', then '.join([*deploy, *then])}")
    return 0


def refuse_if_deployed(service: Service, environment: Environment, environ: Mapping[str, str] = os.environ) -> None:
    """Raise a Problem when the service has a stack in the environment, or may have one in a stopped local cloud."""
    stack, command = environment.stack(service.name), environment.command("teardown", service.name)
    home = Home.from_environment(environ)
    if environment.is_local and home.running() is None:
        if (home.state / SNAPSHOT).exists():
            raise Problem(f"the local cloud is not running, so its stack {stack} may exist: `make up`, then {command}")
        return
    if Stacks(target(environment, environ)).find(stack):
        raise Problem(
            f"the stack {stack} is deployed: first {command}, which keeps and lists its tables "
            "(docs/new_service.md#remove-it)"
        )


def refuse_if_uncommitted(service: Service, environ: Mapping[str, str] = os.environ) -> None:
    """Raise a Problem when files of the service are in no commit, unless CONFIRM names the service."""
    lost = uncommitted(service, ROOT)
    if lost and environ.get("CONFIRM") != service.name:
        more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
        raise Problem(f"{lost[0]}{more} is not committed and would be lost; CONFIRM={service.name} deletes it")


if __name__ == "__main__":
    end(main)

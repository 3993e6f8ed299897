"""`make teardown`: delete a service's stack.

Refuses while deployed stacks depend on it, and on `prod` unless told so twice. Nothing is emptied silently: what the
template retains is kept, and named.
"""

import os
from collections.abc import Mapping

from tools.deploy.stacks import Stacks
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service, dependents

# SAM retains versions through updates; they go with their function when the stack goes.
GONE_ALL_THE_SAME = frozenset(["AWS::Lambda::Version"])


def confirm(environment: str, environ: Mapping[str, str] = os.environ) -> None:
    if environment == "prod" and environ.get("CONFIRM") != "prod":
        raise Problem("this deletes a stack of prod; add CONFIRM=prod when that is what you want")


def teardown(service: Service, target: Target, known: Mapping[str, Service]) -> str:
    environment = target.environment
    confirm(environment.name)
    stacks = Stacks(target)
    stack = stacks.find(environment.stack(service.name))
    if stack is None:
        return "is not deployed"
    users = dependents(service.name, known)
    living = [name for name in users if stacks.find(environment.stack(name))]
    if living:
        commands = ", ".join(environment.command("teardown", name) for name in living)
        raise Problem(f"{service.name} is needed by what is deployed: {', '.join(living)}; first {commands}")
    kept = [event for event in stacks.delete(stack) if event["ResourceType"] not in GONE_ALL_THE_SAME]
    for event in kept:
        print(f"  kept: {event['LogicalResourceId']} ({event['ResourceType']}) {event.get('PhysicalResourceId', '')}")
    return "deleted" + (f", {len(kept)} resource{'s' if len(kept) > 1 else ''} kept" if kept else "")

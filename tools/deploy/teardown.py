"""`make teardown`: delete a service's stack.

Refuses while deployed stacks depend on it, by the templates of the checkout or by the deployed ones, and on `prod`
without CONFIRM=prod. Resources that the template retains are kept and listed.
"""

import os
from collections.abc import Mapping

from tools.deploy.pages.upload import SiteBucket
from tools.deploy.stacks import Stacks
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import Service, dependents

# SAM retains versions on updates; deleting the stack deletes them with their function.
DELETED_WITH_THEIR_FUNCTION = frozenset(["AWS::Lambda::Version"])


def confirm(environment: str, environ: Mapping[str, str] = os.environ) -> None:
    if environment == "prod" and environ.get("CONFIRM") != "prod":
        raise Problem("this deletes a stack of prod; add CONFIRM=prod to confirm")


def _takes(stacks: Stacks, stack: str, service: str) -> bool:
    """Whether the deployed template of the stack takes an SSM parameter of the service."""
    parameters = stacks.template(stack).get("Parameters", {}).values() if stacks.is_deployed(stack) else ()
    start = f"/ecommerce/{{Environment}}/{service}/"
    return any(str(parameter.get("Default", "")).startswith(start) for parameter in parameters)


def empty_site(service: Service, target: Target) -> None:
    """Empty the bucket of the pages: CloudFormation deletes no bucket that holds something."""
    name = f"/ecommerce/{target.environment.name}/{service.name}/bucket/name"
    bucket = target.parameters([name]).get(name)
    if bucket is not None:
        print(f"  {SiteBucket(target.s3, bucket).empty()} objects of the pages deleted", flush=True)


def teardown(service: Service, target: Target, known: Mapping[str, Service]) -> str:
    environment = target.environment
    confirm(environment.name)
    stacks = Stacks(target)
    stack = stacks.find(environment.stack(service.name))
    if stack is None:
        return "is not deployed"
    users = dependents(service.name, known)
    deployed = [name for name in users if stacks.find(environment.stack(name))]
    if deployed:
        commands = ", ".join(environment.command("teardown", name) for name in deployed)
        raise Problem(
            f"{service.name} is needed by deployed services: {', '.join(deployed)}; first {commands}, "
            "or take it out of them (docs/new_service.md#remove-it)"
        )
    others = [name for name, other in known.items() if name != service.name and not other.deployed_by]
    outdated = [name for name in others if _takes(stacks, environment.stack(name), service.name)]
    if outdated:
        commands = ", ".join(environment.command("deploy", name) for name in outdated)
        raise Problem(f"{service.name} is needed by what is deployed of {', '.join(outdated)}; first {commands}")
    if service.pages is not None:
        empty_site(service, target)
    kept = [event for event in stacks.delete(stack) if event["ResourceType"] not in DELETED_WITH_THEIR_FUNCTION]
    for event in kept:
        print(f"  kept: {event['LogicalResourceId']} ({event['ResourceType']}) {event.get('PhysicalResourceId', '')}")
    return "deleted" + (f", {len(kept)} resource{'s' if len(kept) > 1 else ''} kept" if kept else "")

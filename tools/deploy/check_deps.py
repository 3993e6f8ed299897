"""`make check-deps`: is everything deployed that the service needs? Says which command deploys what is missing."""

from tools.deploy.stacks import Stacks
from tools.project.aws import Target
from tools.project.services import CONSUMED, Service


def missing(service: Service, target: Target) -> list[str]:
    """One line for each stack, or parameter of a stack, that is not there."""
    environment = target.environment
    names = {default: default.replace("{Environment}", environment.name) for default in service.consumes.values()}
    there = target.parameters(sorted(names.values()))
    absent: dict[str, list[str]] = {}
    for default, name in names.items():
        match = CONSUMED.fullmatch(default)
        if name not in there and match:
            absent.setdefault(match["service"], []).append(name)
    stacks = Stacks(target)
    lines = []
    for needed in service.dependencies:
        deploy = environment.command("deploy", needed)
        if not stacks.is_deployed(environment.stack(needed)):
            lines.append(f"{service.name} needs {needed}, which is not deployed to {environment.name}: {deploy}")
        elif needed in absent:
            lacks = ", ".join(absent[needed])
            lines.append(f"{service.name} needs {lacks}, which the deployed {needed} does not publish: {deploy}")
    return lines

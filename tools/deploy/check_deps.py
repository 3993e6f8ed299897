"""`make check-deps`: are the service's dependencies deployed? Names the command that deploys a missing one."""

from tools.deploy.stacks import Stacks
from tools.project.aws import Target
from tools.project.services import CONSUMED, Service


def missing(service: Service, target: Target) -> list[str]:
    """One line for each missing stack, and for each missing parameter of a stack."""
    environment = target.environment
    names = {
        default: default.replace("{Environment}", environment.name) for default in service.consumed_parameters.values()
    }
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
            absent_names = ", ".join(absent[needed])
            lines.append(f"{service.name} needs {absent_names}, which the deployed {needed} does not publish: {deploy}")
    return lines

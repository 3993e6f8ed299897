"""`make deploy`: build, package and update a stack through a change set.

A stack that already equals its template and parameters gets no change set. When a change fails, CloudFormation rolls
back, and the user reads the reason of the first failed resource.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.deploy.bucket import Bucket
from tools.deploy.build import build, is_built
from tools.deploy.change_set import Change
from tools.deploy.check_deps import missing
from tools.deploy.kept import notice
from tools.deploy.package import CONFIGURATION_HASH, Packaged, configuration_hash, declared, package, without_hash
from tools.deploy.role_boundaries import PARAMETER as BOUNDARY
from tools.deploy.stacks import NEVER_CREATED, Stacks
from tools.project.aws import Target
from tools.project.documents import line_of, relative
from tools.project.parameter_values import refusal
from tools.project.problems import Problem
from tools.project.services import SSM_TYPE, Service

DAY = 86_400
# An API key of AppSync is valid for a year at most. It is renewed when less than KEY_RENEWAL_DAYS are left.
KEY_DAYS, KEY_RENEWAL_DAYS = 365, 180


NO_CHANGES = "no changes"
COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


@dataclass(frozen=True)
class Wanted:
    """Parameters and tags of a stack. `resolved` has the values of SSM parameters instead of their names; None for one
    that does not exist."""

    values: dict[str, str]
    resolved: dict[str, str | None]
    tags: dict[str, str]


def deploy(service: Service, target: Target) -> str:
    """Create or update the stack. Returns what was done, for the user. Raises a Problem with the first reason."""
    problems = missing(service, target)
    if problems:
        raise Problem("; ".join(problems))
    parameters(service, target, None)  # a wrong value is found before anything is built
    build(service, target.environment)
    packaged = package(service, Bucket(target))
    stacks = Stacks(target)
    name = target.environment.stack(service.name)
    live = stacks.find(name)
    if live and live["StackStatus"].endswith("_IN_PROGRESS") and live["StackStatus"] not in NEVER_CREATED:
        print(f"{name} is {live['StackStatus']}, waiting for it")
        live = stacks.settle(live)
    wanted = wanted_state(service, packaged, target, live)
    if live and is_current(live, packaged, wanted, target):
        return NO_CHANGES
    live = usable(stacks, live, target, service)
    if live is None:
        creates_beside_kept(notice(service, target), target)
    return Change(stacks, target, name, live).run(packaged, wanted.values, wanted.tags)


def is_up_to_date(service: Service, target: Target) -> bool:
    """Would `deploy` change nothing? Everything that the service needs must be up to date.

    It stops at the first difference, and builds nothing. Artifacts that the bucket lacks are uploaded, as by `deploy`.
    """
    live = Stacks(target).find(target.environment.stack(service.name))
    if live is None or live["StackStatus"] not in COMPLETE or not is_built(service, target.environment):
        return False
    packaged = package(service, Bucket(target))
    return is_current(live, packaged, wanted_state(service, packaged, target, live), target)


def wanted_state(service: Service, packaged: Packaged, target: Target, live: dict[str, Any] | None) -> Wanted:
    """What the stack has after a deployment."""
    values = parameters(service, target, live, without_hash(packaged.parameters))
    resolved = resolve(values, packaged, target)
    version = versioned(packaged, resolved)
    return Wanted({**values, **version}, {**resolved, **version}, stack_tags(service, target))


def creates_beside_kept(text: str, target: Target, environ: Mapping[str, str] = os.environ) -> None:
    """Print what an earlier stack kept. In prod raise a Problem instead, unless CONFIRM=empty."""
    if text and target.environment.name == "prod" and environ.get("CONFIRM") != "empty":
        raise Problem(f"{text} (add CONFIRM=empty if you want that)")
    if text:
        print(text, flush=True)


def parameters(
    service: Service, target: Target, live: dict[str, Any] | None, known: Mapping[str, Any] | None = None
) -> dict[str, str]:
    """A value for each parameter that the template declares; `known` are these, if the caller has them."""
    environment = target.environment
    known = declared(service) if known is None else known
    own = environment.services.get(service.name, {})
    for name in own:
        if name not in known:
            raise Problem(
                f"environments.yaml: {environment.name}: {service.name} has no parameter {name}; "
                f"it has {', '.join(known) or 'none'}"
            )
    given = {
        # What a pipeline has set stays when a person deploys.
        **{name: value for name, value in live_values(live).items() if name == BOUNDARY},
        **environment.parameters,
        "Environment": environment.name,
        "LocalEndpoint": target.endpoint or "",
        "ApiKeyExpires": str(key_expiry(live, time.time())),
        **own,
    }
    values = {}
    for name, parameter in known.items():
        if name in given:
            values[name] = given[name]
        elif "Default" in parameter:
            values[name] = _text(parameter["Default"]).replace("{Environment}", environment.name)
        else:
            path = service.template_path
            raise Problem(
                f"{relative(path)}:{line_of(path, 'Parameters', name)}: the parameter {name} has no value; "
                f"give it a Default, or a value in environments.yaml under {environment.name}, services, {service.name}"
            )
        if not parameter["Type"].startswith(SSM_TYPE) and (why := refusal(parameter, values[name])):
            raise Problem(
                f"environments.yaml: {environment.name}: {service.name}: {name} is {values[name]!r}; it {why}"
            )
    return values


def resolve(values: Mapping[str, str], packaged: Packaged, target: Target) -> dict[str, str | None]:
    """The parameters with the values that their SSM parameters have now; None for one that does not exist."""
    from_ssm = {name for name in values if packaged.parameters[name]["Type"].startswith(SSM_TYPE)}
    resolved = target.parameters(sorted({values[name] for name in from_ssm}))
    return {name: resolved.get(value) if name in from_ssm else value for name, value in values.items()}


def versioned(packaged: Packaged, resolved: Mapping[str, str | None]) -> dict[str, str]:
    """The value of the parameter that the packager adds. Empty for a stack without aliased functions."""
    if CONFIGURATION_HASH not in packaged.parameters:
        return {}
    return {CONFIGURATION_HASH: configuration_hash(packaged.body, resolved)}


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def live_values(live: dict[str, Any] | None) -> dict[str, str]:
    """The values of the live stack's parameters."""
    return {each["ParameterKey"]: str(each.get("ParameterValue", "")) for each in (live or {}).get("Parameters", [])}


def key_expiry(live: dict[str, Any] | None, now: float) -> int:
    """When the API key expires, in full hours: unchanged, or in a year when the key is new or expires soon."""
    value = live_values(live).get("ApiKeyExpires", "")
    if value.isdigit() and int(value) - now > KEY_RENEWAL_DAYS * DAY:
        return int(value)
    return int(now + KEY_DAYS * DAY) // 3600 * 3600


def stack_tags(service: Service, target: Target) -> dict[str, str]:
    tags = {"environment": target.environment.name, "service": service.name}
    return {**tags, "owner": str(service.metadata["owner"])} if "owner" in service.metadata else tags


def is_current(live: dict[str, Any], packaged: Packaged, wanted: Wanted, target: Target) -> bool:
    """Does the live stack equal the result of a deployment? It is compared with the stack itself, not with a record."""
    if live["StackStatus"] not in COMPLETE:
        return False
    if {tag["Key"]: tag["Value"] for tag in live.get("Tags", [])} != wanted.tags:
        return False
    if any(str(parameter.get("NoEcho", "")).lower() == "true" for parameter in packaged.parameters.values()):
        return False  # CloudFormation does not return the value
    current = {
        parameter["ParameterKey"]: parameter.get("ResolvedValue") or parameter.get("ParameterValue", "")
        for parameter in live.get("Parameters", [])
    }
    if current != wanted.resolved:
        return False
    return bool(Stacks(target).template(live["StackId"]) == packaged.template)


def usable(stacks: Stacks, live: dict[str, Any] | None, target: Target, service: Service) -> dict[str, Any] | None:
    """The stack if it can be updated, None if it must be created. A stack whose creation failed is deleted first."""
    if live is None:
        return None
    if live["StackStatus"] in NEVER_CREATED:
        reason = stacks.first_failure(live, stacks.new_events(live["StackId"], set()))
        print(f"{live['StackName']} is {live['StackStatus']} and cannot be updated: deleting and creating it")
        print(f"  it failed because of {reason}")
        for kept in stacks.delete(live):
            print(f"  kept: {kept['LogicalResourceId']} ({kept['ResourceType']}) {kept.get('PhysicalResourceId', '')}")
        return None
    if live["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        where = "" if target.environment.is_local else f" --region {target.environment.region}"
        raise Problem(
            f"{live['StackName']} is UPDATE_ROLLBACK_FAILED ({live.get('StackStatusReason', 'no reason given')}); "
            f"correct the cause, run `aws cloudformation continue-update-rollback{where} "
            f"--stack-name {live['StackName']}`, then deploy {service.name} again"
        )
    return live

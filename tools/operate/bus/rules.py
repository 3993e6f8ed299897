"""The rules of an environment's bus, with their patterns and targets."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools.operate.bus.naming import is_temporary
from tools.project.aws import Target
from tools.project.problems import WrongUse

# CloudFormation writes `stack-LogicalId-1A2B3C4D5E6F`; the local cloud has no dash where the name would be too long.
_SUFFIX = re.compile(r"-[A-Za-z0-9]{12,13}$|[0-9A-F]{13}$")


@dataclass(frozen=True)
class Rule:
    """A rule that matches events; rules with a schedule are not on a bus of this platform."""

    name: str
    arn: str
    pattern: Mapping[str, Any]
    targets: Sequence[Mapping[str, Any]]

    def short(self, prefix: str) -> str:
        """Such as `orders-DeliveryRule`: without the environment and the suffix of CloudFormation."""
        return short_name(self.name, prefix)

    @property
    def consumers(self) -> list[str]:
        """The functions and queues that receive the events: the last part of each ARN, without a function's alias."""
        return [consumer_of(str(target["Arn"])) for target in self.targets]

    @property
    def types(self) -> list[str]:
        """The detail-types that the pattern names, or its sources."""
        named = self.pattern.get("detail-type") or self.pattern.get("source") or []
        return [each if isinstance(each, str) else json.dumps(each) for each in named]


def short_name(name: str, prefix: str) -> str:
    """A name without the environment, and without the suffix that CloudFormation gave it, if it has one."""
    return _SUFFIX.sub("", name.removeprefix(prefix)) if name.startswith(prefix) else name


def consumer_of(arn: str) -> str:
    return arn.split(":")[6] if ":function:" in arn else arn.rpartition(":")[2]


def bus_of(target: Target) -> str:
    """The name of the environment's bus."""
    return str(target.ssm.get_parameter(Name=_parameter(target, "name"))["Parameter"]["Value"])


def bus_arn_of(target: Target) -> str:
    return str(target.ssm.get_parameter(Name=_parameter(target, "arn"))["Parameter"]["Value"])


def _parameter(target: Target, what: str) -> str:
    return f"/ecommerce/{target.environment.name}/platform/event-bus/{what}"


def prefix_of(target: Target) -> str:
    """What the name of every resource of the environment begins with."""
    return f"ecommerce-{target.environment.name}-"


def rules_of(target: Target) -> list[Rule]:
    """The rules of the bus that deliver events to consumers, by name. Rules of operators' tools are left out."""
    events, bus = target.client("events"), bus_of(target)
    found = []
    for page in events.get_paginator("list_rules").paginate(EventBusName=bus):
        for rule in page["Rules"]:
            # An archive has a rule of its own, which EventBridge manages (`ManagedBy`).
            if rule.get("ManagedBy") or not rule.get("EventPattern") or is_temporary(rule["Name"]):
                continue
            pages = events.get_paginator("list_targets_by_rule").paginate(Rule=rule["Name"], EventBusName=bus)
            targets = [each for listed in pages for each in listed["Targets"]]
            found.append(Rule(rule["Name"], rule["Arn"], json.loads(rule["EventPattern"]), targets))
    return sorted(found, key=lambda rule: rule.name)


def chosen(rules: Iterable[Rule], wanted: str, prefix: str, services: Iterable[str]) -> list[Rule]:
    """The rule of that name, whole, short or the beginning of it; for a service all of its rules."""
    known = list(rules)
    if wanted in services:
        others = tuple(f"{prefix}{name}-" for name in services if name.startswith(f"{wanted}-"))
        own = [
            rule for rule in known if rule.name.startswith(f"{prefix}{wanted}-") and not rule.name.startswith(others)
        ]
        if own:
            return own
        raise WrongUse(f"{wanted} has no rule on the bus; `make replay` lists the rules")
    text = wanted.lower()
    exact = [rule for rule in known if text in (rule.name.lower(), rule.arn.lower(), rule.short(prefix).lower())]
    found = exact or [
        rule for rule in known if rule.name.lower().startswith((text, f"{prefix}{text}".lower())) and wanted
    ]
    if len(found) == 1:
        return found
    fitting = ", ".join(rule.short(prefix) for rule in found or known)
    raise WrongUse(f"{wanted} fits {len(found)} rules; " + ("they are " if found else "the rules are ") + fitting)

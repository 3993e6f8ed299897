"""The services of the checkout, and which depends on which.

A folder with a metadata.yaml is a service. It depends on the services whose SSM parameters its template takes;
rules on events make no dependency, since they would be cyclic.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tools.project.documents import ROOT, line_of, read_yaml, shown
from tools.project.language_extensions import expanded
from tools.project.problems import Problem, WrongUse

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
FACTS = {"name": True, "description": True, "owner": False, "standalone": False}
FLAGS = ("standalone",)
Facts = Mapping[str, str | bool]
SSM_TYPE = "AWS::SSM::Parameter::Value<"
CONSUMED = re.compile(r"/ecommerce/\{Environment\}/(?P<service>[a-z0-9-]+)(/[A-Za-z0-9_.-]+)+")
SAM_EVENTS = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}


@dataclass(frozen=True)
class Service:
    """One folder: its facts and its template, read when they are asked for."""

    folder: Path
    facts: Facts

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def standalone(self) -> bool:
        """Somebody else's system: its package holds its own code and nothing of ours."""
        return self.facts.get("standalone") is True

    @property
    def template_path(self) -> Path:
        return self.folder / "template.yaml"

    @cached_property
    def template(self) -> dict[str, Any]:
        return read_template(self.template_path)

    @property
    def source(self) -> Path:
        return self.folder / "src"

    @property
    def build(self) -> Path:
        return self.folder / "build"

    @cached_property
    def consumes(self) -> dict[str, str]:
        """Template parameter -> name of the SSM parameter it takes, with `{Environment}` in it."""
        return consumed(self.template_path, self.template)

    @cached_property
    def publishes(self) -> frozenset[str]:
        """Names of the SSM parameters that the template makes, nested local templates included."""
        return frozenset(published(self.template_path, self.template))

    @cached_property
    def hears(self) -> frozenset[tuple[str, str]]:
        """(service, detail-type) of each event that a rule of the template names."""
        return frozenset(heard(self.template))

    @cached_property
    def dependencies(self) -> tuple[str, ...]:
        matches = (CONSUMED.fullmatch(name) for name in self.consumes.values())
        return tuple(sorted({match["service"] for match in matches if match}))


def read_template(path: Path) -> dict[str, Any]:
    """The template with its loops expanded, as CloudFormation gets it."""
    template = read_yaml(path)
    if not isinstance(template.get("Resources"), dict) or not template["Resources"]:
        raise Problem(f"{shown(path)}: a template needs a map `Resources` with at least one resource")
    try:
        template = expanded(template)
    except Problem as problem:
        raise Problem(f"{shown(path)}: {problem}") from None
    resources = template["Resources"]
    if not isinstance(template.get("Parameters") or {}, dict):
        raise Problem(f"{shown(path)}:{line_of(path, 'Parameters')}: `Parameters` must be a map")
    for name, resource in resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            line = line_of(path, "Resources", str(name))
            raise Problem(f"{shown(path)}:{line}: the resource {name} needs a `Type`")
    for name, parameter in (template.get("Parameters") or {}).items():
        if not isinstance(parameter, dict) or not isinstance(parameter.get("Type"), str):
            line = line_of(path, "Parameters", str(name))
            raise Problem(f"{shown(path)}:{line}: the parameter {name} needs a `Type`")
    return template


def consumed(path: Path, template: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name, parameter in (template.get("Parameters") or {}).items():
        default = str(parameter.get("Default", ""))
        if not parameter["Type"].startswith(SSM_TYPE) or not default.startswith("/ecommerce"):
            continue
        if not CONSUMED.fullmatch(default):
            line = line_of(path, "Parameters", name, "Default")
            raise Problem(
                f"{shown(path)}:{line}: the default of {name} must have the form "
                f"/ecommerce/{{Environment}}/<service>/<thing>, not {default}"
            )
        found[name] = default
    return found


def published(path: Path, template: Mapping[str, Any]) -> Iterable[str]:
    for resource in template["Resources"].values():
        properties = resource.get("Properties") or {}
        if resource["Type"] == "AWS::SSM::Parameter":
            name = properties.get("Name")
            text = name.get("Fn::Sub") if isinstance(name, dict) else name
            if isinstance(text, str):
                yield text.replace("${Environment}", "{Environment}")
        elif resource["Type"] in NESTED:
            location = properties.get(NESTED[resource["Type"]])
            if isinstance(location, str) and "://" not in location:
                nested = path.parent / location
                yield from published(nested, read_template(nested))


def heard(template: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for pattern in patterns(template).values():
        for source in pattern.get("source", ()):
            for detail_type in pattern.get("detail-type", ()):
                if isinstance(source, str) and isinstance(detail_type, str) and source.startswith("ecommerce."):
                    yield source.removeprefix("ecommerce."), detail_type


def patterns(template: Mapping[str, Any]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """Place in the template -> event pattern, of rules and of the rules that SAM makes for a function."""
    found: dict[tuple[str, ...], Any] = {}
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties") or {}
        if resource["Type"] == "AWS::Events::Rule":
            found["Resources", name, "Properties", "EventPattern"] = properties.get("EventPattern")
        for event, body in (properties.get("Events") or {}).items() if resource["Type"] in SAM_EVENTS else ():
            if isinstance(body, Mapping) and body.get("Type") in ("EventBridgeRule", "CloudWatchEvent"):
                place = ("Resources", name, "Properties", "Events", event, "Properties", "Pattern")
                found[place] = (body.get("Properties") or {}).get("Pattern")
    return {place: pattern for place, pattern in found.items() if isinstance(pattern, Mapping)}


def read_facts(folder: Path) -> Facts:
    """metadata.yaml, checked: it says only what cannot be derived."""
    path = folder / "metadata.yaml"
    facts = read_yaml(path)
    for key, value in facts.items():
        if key not in FACTS:
            known = ", ".join(FACTS)
            raise Problem(f"{shown(path)}:{line_of(path, str(key))}: unknown key {key}; known are {known}")
        if key in FLAGS:
            if not isinstance(value, bool):
                raise Problem(f"{shown(path)}:{line_of(path, key)}: {key} must be true or false")
        elif not isinstance(value, str) or not value.strip():
            raise Problem(f"{shown(path)}:{line_of(path, key)}: {key} must be a text that is not empty")
    for key, needed in FACTS.items():
        if needed and key not in facts:
            raise Problem(f"{shown(path)}: the key {key} is missing; add a line `{key}: ...`")
    if facts["name"] != folder.name:
        line = line_of(path, "name")
        raise Problem(f"{shown(path)}:{line}: name is {facts['name']}, but the folder is {folder.name}; make them one")
    if not NAME.fullmatch(folder.name):
        raise Problem(f"{shown(path)}: a service's name has lower-case letters, digits and single dashes only")
    return facts


def names(root: Path = ROOT) -> list[str]:
    return sorted(path.parent.name for path in root.glob("*/metadata.yaml"))


def discover(root: Path = ROOT) -> dict[str, Service]:
    return {name: Service(root / name, read_facts(root / name)) for name in names(root)}


def one(name: str, root: Path = ROOT) -> Service:
    known = names(root)
    if name not in known:
        raise WrongUse(f"unknown service {name}; there are {', '.join(known) or 'none yet'}")
    return Service(root / name, read_facts(root / name))


def generations(services: Mapping[str, Service]) -> list[list[str]]:
    """Names grouped so that each group depends on earlier groups only. Raises on a cycle, naming it."""
    waiting = {name: set(service.dependencies) & set(services) for name, service in services.items()}
    order: list[list[str]] = []
    while waiting:
        ready = sorted(name for name, needs in waiting.items() if not needs)
        if not ready:
            raise Problem(
                f"services depend on each other in a circle: {' -> '.join(find_cycle(waiting))}; "
                "take one of those SSM parameters out of its template"
            )
        order.append(ready)
        waiting = {name: needs - set(ready) for name, needs in waiting.items() if name not in ready}
    return order


def find_cycle(waiting: Mapping[str, Iterable[str]]) -> list[str]:
    """Names from one service back to itself; every service given has an open dependency."""
    trail: list[str] = [min(waiting)]
    while True:
        following = min(need for need in waiting[trail[-1]] if need in waiting)
        if following in trail:
            return [*trail[trail.index(following) :], following]
        trail.append(following)


def check_references(chosen: Sequence[Service], services: Mapping[str, Service]) -> list[str]:
    """One line for each SSM parameter that a template takes and nobody's template makes."""
    faults = []
    for service in chosen:
        for parameter, default in service.consumes.items():
            match = CONSUMED.fullmatch(default)
            publisher = services.get(match["service"]) if match else None
            if publisher is not None and default in publisher.publishes:
                continue
            line = line_of(service.template_path, "Parameters", parameter, "Default")
            reason = (
                f"{publisher.name}/template.yaml makes no such AWS::SSM::Parameter"
                if publisher
                else f"there is no service {match['service'] if match else '?'}"
            )
            faults.append(f"{shown(service.template_path)}:{line}: {parameter} takes {default}, but {reason}")
    return faults


def dependents(name: str, services: Mapping[str, Service]) -> list[str]:
    return sorted(other.name for other in services.values() if name in other.dependencies and other.name != name)

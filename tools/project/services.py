"""The services of the checkout and their dependencies.

A folder with a metadata.yaml is a service. It depends on the services whose SSM parameters its template takes, as it is
written and as the packager completes it. Event rules are no dependencies: they would be cyclic.
"""

import pickle
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from tools import ROOT
from tools.project import observability
from tools.project.documents import line_of, parse_yaml, read_text, read_yaml, relative
from tools.project.language_extensions import expanded
from tools.project.problems import Problem, WrongUse

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
METADATA_KEYS = {
    "name": True,
    "description": True,
    "stores": False,
    "owner": False,
    "standalone": False,
    "deployed_by": False,
    "pages": False,
}
FLAGS = ("standalone",)
Metadata = Mapping[str, str | bool]
SSM_TYPE = "AWS::SSM::Parameter::Value<"
CONSUMED = re.compile(r"/ecommerce/\{Environment\}/(?P<service>[a-z0-9-]+)(/[A-Za-z0-9_.-]+)+")
SAM_EVENTS = ("AWS::Serverless::Function", "AWS::Serverless::StateMachine")
NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}


@dataclass(frozen=True)
class Service:
    """One folder: its metadata and its template, which is read on first use."""

    folder: Path
    metadata: Metadata

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def standalone(self) -> bool:
        """Its package contains its own code only, as that of another company's system."""
        return self.metadata.get("standalone") is True

    @property
    def deployed_by(self) -> str:
        """The command that deploys it, when it is not part of the platform that `make deploy` deploys; or empty."""
        return str(self.metadata.get("deployed_by", ""))

    @property
    def pages(self) -> Path | None:
        """The folder of the pages that a deployment builds and uploads; None for a service without pages."""
        name = self.metadata.get("pages")
        return self.folder / str(name) if name else None

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
    def consumed_parameters(self) -> dict[str, str]:
        """Template parameter -> name of its SSM parameter, with the placeholder `{Environment}`."""
        has_topic = "AlarmTopic" in self.template["Resources"]
        return {**dict(observability.consumed(self.folder, has_topic)), **self.written_parameters}

    @cached_property
    def written_parameters(self) -> dict[str, str]:
        """Those of them that the template itself declares; the packager adds the others."""
        return _consumed(self.template_path, self.template)

    @cached_property
    def published_parameters(self) -> frozenset[str]:
        """Names of the SSM parameters that the template and its nested local templates create, also by the packager."""
        written = frozenset(_published(self.template_path, self.template))
        return written | {observability.alarm_parameter(self.name)} if self.is_observed else written

    @cached_property
    def is_observed(self) -> bool:
        """The packager gives it a dashboard and alarms."""
        return (self.folder / observability.FILE).is_file()

    @cached_property
    def consumed_events(self) -> frozenset[tuple[str, str]]:
        """(service, detail-type) of each event that a rule of the template names."""
        return frozenset(_events_of_rules(self.template))

    @cached_property
    def dependencies(self) -> tuple[str, ...]:
        matches = (CONSUMED.fullmatch(name) for name in self.consumed_parameters.values())
        return tuple(sorted({match["service"] for match in matches if match}))


def read_template(path: Path) -> dict[str, Any]:
    """The template with its loops expanded, as CloudFormation gets it. Each call returns a new one."""
    template: dict[str, Any] = pickle.loads(_template(path, read_text(path)))  # noqa: S301 - made below, in this process
    return template


@lru_cache(maxsize=64)
def _template(path: Path, text: str) -> bytes:
    """A pickled template: that is read twenty times faster than YAML, and lint and tests read each template often."""
    template = parse_yaml(text, path)
    if not isinstance(template.get("Resources"), dict) or not template["Resources"]:
        raise Problem(f"{relative(path)}: a template needs a map `Resources` with at least one resource")
    try:
        template = expanded(template)
    except Problem as problem:
        raise Problem(f"{relative(path)}: {problem}") from None
    resources = template["Resources"]
    if not isinstance(template.get("Parameters") or {}, dict):
        raise Problem(f"{relative(path)}:{line_of(path, 'Parameters')}: `Parameters` must be a map")
    for name, resource in resources.items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            line = line_of(path, "Resources", str(name))
            raise Problem(f"{relative(path)}:{line}: the resource {name} needs a `Type`")
    for name, parameter in (template.get("Parameters") or {}).items():
        if not isinstance(parameter, dict) or not isinstance(parameter.get("Type"), str):
            line = line_of(path, "Parameters", str(name))
            raise Problem(f"{relative(path)}:{line}: the parameter {name} needs a `Type`")
    return pickle.dumps(template)


def _consumed(path: Path, template: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for name, parameter in (template.get("Parameters") or {}).items():
        default = str(parameter.get("Default", ""))
        if not parameter["Type"].startswith(SSM_TYPE) or not default.startswith("/ecommerce"):
            continue
        if not CONSUMED.fullmatch(default):
            line = line_of(path, "Parameters", name, "Default")
            raise Problem(
                f"{relative(path)}:{line}: the default of {name} must have the form "
                f"/ecommerce/{{Environment}}/<service>/<thing>, not {default}"
            )
        found[name] = default
    return found


def _published(path: Path, template: Mapping[str, Any]) -> Iterable[str]:
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
                yield from _published(nested, read_template(nested))


def _events_of_rules(template: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for pattern in patterns(template).values():
        for source in pattern.get("source", ()):
            for detail_type in pattern.get("detail-type", ()):
                if isinstance(source, str) and isinstance(detail_type, str) and source.startswith("ecommerce."):
                    yield source.removeprefix("ecommerce."), detail_type


def patterns(template: Mapping[str, Any]) -> dict[tuple[str, ...], Mapping[str, Any]]:
    """Path in the template -> event pattern, of rules and of the rules that SAM creates for a function."""
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


def read_metadata(folder: Path) -> Metadata:
    """metadata.yaml, validated. It contains only what cannot be derived."""
    path = folder / "metadata.yaml"
    metadata = read_yaml(path)
    for key, value in metadata.items():
        if key not in METADATA_KEYS:
            known = ", ".join(METADATA_KEYS)
            raise Problem(f"{relative(path)}:{line_of(path, str(key))}: unknown key {key}; known keys: {known}")
        if key in FLAGS:
            if not isinstance(value, bool):
                raise Problem(f"{relative(path)}:{line_of(path, key)}: {key} must be true or false")
        elif not isinstance(value, str) or not value.strip():
            raise Problem(f"{relative(path)}:{line_of(path, key)}: {key} must be a string that is not empty")
    for key, needed in METADATA_KEYS.items():
        if needed and key not in metadata:
            raise Problem(f"{relative(path)}: the key {key} is missing; add a line `{key}: ...`")
    if metadata["name"] != folder.name:
        line = line_of(path, "name")
        raise Problem(
            f"{relative(path)}:{line}: name is {metadata['name']}, but the folder is {folder.name}; they must be equal"
        )
    if not NAME.fullmatch(folder.name):
        raise Problem(
            f"{relative(path)}: the name of a service may have lower-case letters, digits and single dashes only"
        )
    return metadata


def names(root: Path = ROOT) -> list[str]:
    return sorted(path.parent.name for path in root.glob("*/metadata.yaml"))


def discover(root: Path = ROOT) -> dict[str, Service]:
    return {name: Service(root / name, read_metadata(root / name)) for name in names(root)}


def of_platform(root: Path = ROOT) -> dict[str, Service]:
    """The services that `make deploy` deploys."""
    return {name: service for name, service in discover(root).items() if not service.deployed_by}


def one(name: str, root: Path = ROOT) -> Service:
    known = names(root)
    if name not in known:
        raise WrongUse(f"unknown service {name}; known services: {', '.join(known) or 'none'}")
    return Service(root / name, read_metadata(root / name))


def deploy_order(services: Mapping[str, Service]) -> list[list[str]]:
    """Names in groups: each group depends on earlier groups only. Raises a Problem that names a cycle."""
    sorter = TopologicalSorter({name: set(service.dependencies) & set(services) for name, service in services.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        raise Problem(
            f"services depend on each other in a cycle: {' -> '.join(_needs_in_turn(error.args[1]))}; "
            "remove one of those SSM parameters from its template"
        ) from None
    order: list[list[str]] = []
    while sorter.is_active():
        order.append(sorted(sorter.get_ready()))
        sorter.done(*order[-1])
    return order


def _needs_in_turn(cycle: Sequence[str]) -> list[str]:
    """The names of graphlib's cycle so that each needs the next; the first in alphabetical order comes first."""
    names = list(reversed(cycle[1:]))
    first = names.index(min(names))
    return [*names[first:], *names[: first + 1]]


def check_references(chosen: Sequence[Service], services: Mapping[str, Service]) -> list[str]:
    """One line for each SSM parameter that a template takes and no template creates."""
    faults = []
    for service in chosen:
        for parameter, default in service.consumed_parameters.items():
            match = CONSUMED.fullmatch(default)
            publisher = services.get(match["service"]) if match else None
            if publisher is not None and default in publisher.published_parameters:
                continue
            line = line_of(service.template_path, "Parameters", parameter, "Default")
            reason = (
                f"{publisher.name}/template.yaml creates no such AWS::SSM::Parameter"
                if publisher
                else f"there is no service {match['service'] if match else '?'}"
            )
            faults.append(f"{relative(service.template_path)}:{line}: {parameter} takes {default}, but {reason}")
    return faults


def takers(name: str, services: Mapping[str, Service]) -> list[str]:
    """The services whose templates, as they are written, take an SSM parameter of this one."""
    start = f"/ecommerce/{{Environment}}/{name}/"
    return sorted(
        other.name
        for other in services.values()
        if other.name != name and any(each.startswith(start) for each in other.written_parameters.values())
    )


def dependents(name: str, services: Mapping[str, Service]) -> list[str]:
    return sorted(other.name for other in services.values() if name in other.dependencies and other.name != name)

"""What rules read from a template: resources by type, events of functions, the service that owns it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import yaml

from shared.cfn_lint_rules.values import Path, as_list, references

FUNCTION_TYPES = ("AWS::Serverless::Function", "AWS::Lambda::Function")
ROOT = FilePath(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    type: str
    body: Mapping[str, Any]

    @property
    def properties(self) -> Mapping[str, Any]:
        found = self.body.get("Properties")
        return found if isinstance(found, Mapping) else {}

    @property
    def path(self) -> Path:
        return ["Resources", self.name]

    @property
    def condition(self) -> str | None:
        return self.body.get("Condition")

    def at(self, *keys: str | int) -> Path:
        """The path of a property; cfn-lint reports the nearest line that exists."""
        return ["Resources", self.name, "Properties", *keys]


def resources(template: Any, *types: str) -> Iterator[Resource]:
    """The resources of these types (all, without types). A malformed resource is skipped."""
    found = template.get("Resources") if isinstance(template, Mapping) else None
    for name, body in found.items() if isinstance(found, Mapping) else ():
        kind = body.get("Type") if isinstance(body, Mapping) else None
        if isinstance(kind, str) and (not types or kind in types):
            yield Resource(str(name), kind, body)


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of a SAM function's `Events`."""

    function: Resource
    name: str
    type: str
    properties: Mapping[str, Any]

    def at(self, *keys: str | int) -> Path:
        return self.function.at("Events", self.name, "Properties", *keys)


def events(function: Resource) -> Iterator[Event]:
    listed = function.properties.get("Events")
    for name, body in listed.items() if isinstance(listed, Mapping) else ():
        if isinstance(body, Mapping) and isinstance(body.get("Type"), str):
            found = body.get("Properties")
            yield Event(function, str(name), body["Type"], found if isinstance(found, Mapping) else {})


def refers_to(value: Any, resource: Resource) -> bool:
    """Does the value name this resource, its ARN or its alias?"""
    return any(name.split(".")[0] == resource.name for name in references(value))


def service_of(filename: str | None) -> str:
    """The service that owns a template: the name in metadata.yaml beside it, else the folder's name."""
    folder = FilePath(filename or "").resolve().parent
    metadata = folder / "metadata.yaml"
    if metadata.is_file():
        try:
            found = yaml.safe_load(metadata.read_text())
        except yaml.YAMLError:
            return folder.name  # the checks of metadata.yaml report it
        if isinstance(found, Mapping) and isinstance(found.get("name"), str):
            return str(found["name"])
    return folder.name


def environment_names() -> list[str]:
    """The names in environments.yaml."""
    found = yaml.safe_load((ROOT / "environments.yaml").read_text())
    return [str(name) for name in found["environments"]]


def disposable(resource: Resource) -> bool:
    """Does the template state, with a reason, that the data of this resource is not needed?"""
    metadata = resource.body.get("Metadata")
    return isinstance(metadata, Mapping) and bool(metadata.get("StateIsDisposable"))


def asynchronous_targets(template: Any) -> Iterator[Any]:
    """The ARNs that rules, schedules, topics and buckets invoke asynchronously."""
    for rule in resources(template, "AWS::Events::Rule"):
        yield from (
            target.get("Arn") for target in as_list(rule.properties.get("Targets")) if isinstance(target, Mapping)
        )
    for schedule in resources(template, "AWS::Scheduler::Schedule"):
        target = schedule.properties.get("Target")
        yield target.get("Arn") if isinstance(target, Mapping) else None
    for subscription in resources(template, "AWS::SNS::Subscription"):
        if subscription.properties.get("Protocol") == "lambda":
            yield subscription.properties.get("Endpoint")
    for bucket in resources(template, "AWS::S3::Bucket"):
        notifications = bucket.properties.get("NotificationConfiguration")
        yield notifications.get("LambdaConfigurations") if isinstance(notifications, Mapping) else None

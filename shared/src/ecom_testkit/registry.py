"""What is on the bus, compared with what is registered: the whole bus is recorded, and every event is checked."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft4Validator

from ecom_client.platform import CapturedEvents, Platform, is_written_manually


@dataclass
class Registry:
    """The platform's schema registry, as its API shows it."""

    platform: Platform
    _validators: dict[str, Draft4Validator | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.platform.parameter("platform/registry/name")

    def schemas(self) -> list[str]:
        """The names of all that is registered: `ecommerce.orders@OrderCreated`."""
        pages = self.platform.client("schemas").get_paginator("list_schemas").paginate(RegistryName=self.name)
        return [schema["SchemaName"] for page in pages for schema in page["Schemas"]]

    def sources(self) -> list[str]:
        return sorted({name.partition("@")[0] for name in self.schemas()})

    def faults(self, event: Mapping[str, Any]) -> list[str]:
        """What is wrong with an event; nothing when it is as registered. Values are left out: they may be personal."""
        name = f"{event['source']}@{event['detail-type']}"
        validator = self._validator(name)
        if validator is None:
            return [f"{name} is not registered"]
        return [
            f"{name}: {'.'.join(map(str, error.absolute_path)) or 'the event'} breaks `{error.validator}`"
            for error in validator.iter_errors(event)
        ]

    def _validator(self, name: str) -> Draft4Validator | None:
        if name not in self._validators:
            client = self.platform.client("schemas")
            try:
                content = client.describe_schema(RegistryName=self.name, SchemaName=name)["Content"]
            except client.exceptions.NotFoundException:
                self._validators[name] = None
            else:
                self._validators[name] = Draft4Validator(json.loads(content))
        return self._validators[name]


@dataclass
class Recording:
    """Everything that was on the bus while it ran."""

    registry: Registry
    caught: CapturedEvents

    def events(self) -> list[dict[str, Any]]:
        """All that came so far, but what tests put on the bus by hand: some of that is meant to be wrong."""
        before = -1
        while len(self.caught.receive()) > before:
            before = len(self.caught.seen)
        return [event for event in self.caught.seen if not is_written_manually(event)]

    def faults(self) -> list[str]:
        return sorted({fault for event in self.events() for fault in self.registry.faults(event)})


@contextmanager
def recorded(platform: Platform) -> Iterator[Recording]:
    """Record the bus: every event of every service that has registered one."""
    registry = Registry(platform)
    with platform.events(*registry.sources()) as caught:
        yield Recording(registry, caught)

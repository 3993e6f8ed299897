"""The schema registry, and a recording of the bus in which every event is validated with its schema."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft4Validator

from ecom_client.platform import CapturedEvents, Platform, is_written_manually


@dataclass
class Registry:
    """The platform's schema registry, read through its API."""

    platform: Platform
    _validators: dict[str, Draft4Validator | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.platform.parameter("platform/registry/name")

    def schemas(self) -> list[str]:
        """The names of the registered schemas: `ecommerce.orders@OrderCreated`."""
        pages = self.platform.client("schemas").get_paginator("list_schemas").paginate(RegistryName=self.name)
        return [schema["SchemaName"] for page in pages for schema in page["Schemas"]]

    def sources(self) -> list[str]:
        return sorted({name.partition("@")[0] for name in self.schemas()})

    def faults(self, event: Mapping[str, Any]) -> list[str]:
        """What is wrong with an event; empty when it is valid. Without values: they may be personal."""
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
    """The events on the bus during the recording."""

    registry: Registry
    caught: CapturedEvents

    def events(self) -> list[dict[str, Any]]:
        """The events so far, without those that tests wrote manually: some of them are invalid on purpose."""
        before = -1
        while len(self.caught.receive()) > before:
            before = len(self.caught.seen)
        return [event for event in self.caught.seen if not is_written_manually(event)]

    def faults(self) -> list[str]:
        return sorted({fault for event in self.events() for fault in self.registry.faults(event)})


@contextmanager
def recorded(platform: Platform) -> Iterator[Recording]:
    """Record every event of each service that has registered a schema."""
    registry = Registry(platform)
    with platform.events(*registry.sources()) as caught:
        yield Recording(registry, caught)

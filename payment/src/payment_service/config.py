"""What the template gives a function. A missing variable fails on the first call, by name."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    url: str
    secret_arn: str | None


@dataclass(frozen=True, slots=True)
class Tables:
    payments: str
    early_facts: str


def provider_config() -> ProviderConfig:
    """Who only checks holds knows no secret."""
    return ProviderConfig(os.environ["PROVIDER_URL"], os.environ.get("PROVIDER_SECRET_ARN"))


def tables() -> Tables:
    return Tables(os.environ["TABLE_NAME"], os.environ["EARLY_FACTS_TABLE_NAME"])


def queue_url() -> str:
    return os.environ["QUEUE_URL"]


def dead_letter_queue_url() -> str:
    return os.environ["DEAD_LETTER_QUEUE_URL"]


def event_bus_name() -> str:
    return os.environ["EVENT_BUS_NAME"]

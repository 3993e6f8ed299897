"""What the template gives a function. A missing variable fails on the first call, by name."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tables:
    payments: str
    early_facts: str


def tables() -> Tables:
    return Tables(os.environ["TABLE_NAME"], os.environ["EARLY_FACTS_TABLE_NAME"])


def provider_url() -> str:
    return os.environ["PROVIDER_URL"]


def provider_secret_arn() -> str:
    return os.environ["PROVIDER_SECRET_ARN"]


def queue_url() -> str:
    return os.environ["QUEUE_URL"]


def dead_letter_queue_url() -> str:
    return os.environ["DEAD_LETTER_QUEUE_URL"]


def event_bus_name() -> str:
    return os.environ["EVENT_BUS_NAME"]

"""What the template gives a function. A missing variable fails on the first call, by name."""

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    table_name: str


@dataclass(frozen=True, slots=True)
class AnnounceConfig:
    event_bus_name: str
    dead_letter_queue_url: str


def config() -> Config:
    return Config(table_name=os.environ["TABLE_NAME"])


def announce_config() -> AnnounceConfig:
    return AnnounceConfig(
        event_bus_name=os.environ["EVENT_BUS_NAME"],
        dead_letter_queue_url=os.environ["DEAD_LETTER_QUEUE_URL"],
    )

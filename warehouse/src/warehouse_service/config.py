"""What the template gives a function. A missing variable fails on the first call, by name."""

import os
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Config:
    table_name: str
    low_stock: int


@dataclass(frozen=True, slots=True)
class AnnounceConfig:
    event_bus_name: str
    low_stock: int


def config() -> Config:
    return Config(table_name=os.environ["TABLE_NAME"], low_stock=int(os.environ["LOW_STOCK"]))


def announce_config() -> AnnounceConfig:
    return AnnounceConfig(event_bus_name=os.environ["EVENT_BUS_NAME"], low_stock=int(os.environ["LOW_STOCK"]))


def reservation_lifetime() -> timedelta:
    return timedelta(seconds=int(os.environ["RESERVATION_SECONDS"]))


def dead_letter_queue_url() -> str:
    return os.environ["DEAD_LETTER_QUEUE_URL"]

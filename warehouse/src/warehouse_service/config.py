"""Settings from the template. A missing variable raises KeyError on the first call."""

import os
from datetime import timedelta


def table_name() -> str:
    return os.environ["TABLE_NAME"]


def low_stock() -> int:
    return int(os.environ["LOW_STOCK"])


def reservation_lifetime() -> timedelta:
    return timedelta(seconds=int(os.environ["RESERVATION_SECONDS"]))

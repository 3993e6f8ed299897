"""What the template gives a function. A missing variable fails on the first call, by name."""

import os


def table_name() -> str:
    return os.environ["TABLE_NAME"]


def orders_url() -> str:
    return os.environ["ORDERS_API_URL"]


def packages_queue_url() -> str:
    return os.environ["PACKAGES_QUEUE_URL"]


def event_bus_name() -> str:
    return os.environ["EVENT_BUS_NAME"]


def dead_letter_queue_url() -> str:
    return os.environ["DEAD_LETTER_QUEUE_URL"]

"""What the template gives a function. A missing variable fails on the first call, by name."""

import os


def table_name() -> str:
    return os.environ["TABLE_NAME"]


def user_pool_id() -> str:
    return os.environ["USER_POOL_ID"]


def orders_url() -> str:
    return os.environ["ORDERS_API_URL"]


def sender() -> str:
    return os.environ["SENDER"]


def queue_url() -> str:
    return os.environ["QUEUE_URL"]


def dead_letter_queue_url() -> str:
    return os.environ["DEAD_LETTER_QUEUE_URL"]

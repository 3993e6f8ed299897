"""The function's environment variables. A missing one raises KeyError on first use."""

import os


def table_name() -> str:
    return os.environ["TABLE_NAME"]


def user_pool_id() -> str:
    return os.environ["USER_POOL_ID"]


def orders_url() -> str:
    return os.environ["ORDERS_API_URL"]


def sender() -> str:
    return os.environ["SENDER"]

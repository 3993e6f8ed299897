"""The environment of a function. A missing variable raises KeyError on first use."""

import os


def table_name() -> str:
    return os.environ["TABLE_NAME"]


def early_events_table_name() -> str:
    return os.environ["EARLY_EVENTS_TABLE_NAME"]


def provider_url() -> str:
    return os.environ["PROVIDER_URL"]


def provider_secret_arn() -> str:
    return os.environ["PROVIDER_SECRET_ARN"]

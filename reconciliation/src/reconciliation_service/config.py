"""The function's environment variables. A missing one raises KeyError on first use."""

import os
from datetime import timedelta

from reconciliation_service.findings import Limits
from reconciliation_service.repository import TableNames

PAUSE_SECONDS = 5


def tables() -> TableNames:
    return TableNames(
        orders=os.environ["ORDERS_TABLE_NAME"],
        payment=os.environ["PAYMENT_TABLE_NAME"],
        warehouse=os.environ["WAREHOUSE_TABLE_NAME"],
        delivery=os.environ["DELIVERY_TABLE_NAME"],
    )


def provider_url() -> str:
    return os.environ["PROVIDER_URL"]


def provider_secret_arn() -> str:
    return os.environ["PROVIDER_SECRET_ARN"]


def limits() -> Limits:
    return Limits(
        in_flight=_minutes("IN_FLIGHT_MINUTES"),
        money=_minutes("MONEY_MINUTES"),
        stuck=_minutes("STUCK_MINUTES"),
        staff=_minutes("STAFF_MINUTES"),
    )


def ledger_window() -> timedelta:
    return _minutes("LEDGER_MINUTES")


def _minutes(name: str) -> timedelta:
    return timedelta(minutes=int(os.environ[name]))

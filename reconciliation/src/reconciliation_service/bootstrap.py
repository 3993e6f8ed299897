"""The objects of this service, created on first use, once per execution environment."""

import os
import time
from datetime import UTC, datetime, timedelta
from functools import cache

from ecom.aws import client, dynamodb
from ecom.stored_secret import StoredSecret
from reconciliation_service.findings import Limits
from reconciliation_service.progress_table import ProgressTable
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository, TableNames

PAUSE_SECONDS = 5


@cache
def repository() -> Repository:
    tables = TableNames(
        orders=os.environ["ORDERS_TABLE_NAME"],
        payment=os.environ["PAYMENT_TABLE_NAME"],
        warehouse=os.environ["WAREHOUSE_TABLE_NAME"],
        delivery=os.environ["DELIVERY_TABLE_NAME"],
        payment_tokens=os.environ["PAYMENT_TOKENS_TABLE_NAME"],
        returns=os.environ["RETURNS_TABLE_NAME"],
        refunds=os.environ["REFUNDS_TABLE_NAME"],
        checkouts=os.environ["CHECKOUTS_TABLE_NAME"],
        partner_requests=os.environ["PARTNER_REQUESTS_TABLE_NAME"],
    )
    return Repository(dynamodb(), tables)


@cache
def progress() -> ProgressTable:
    return ProgressTable(client("dynamodb"), os.environ["TABLE_NAME"])


@cache
def provider() -> Provider:
    secret = StoredSecret(client("secretsmanager"), os.environ["PROVIDER_SECRET_ARN"])
    return Provider(os.environ["PROVIDER_URL"], secret)


def limits() -> Limits:
    return Limits(
        in_flight=_minutes("IN_FLIGHT_MINUTES"),
        money=_minutes("MONEY_MINUTES"),
        stuck=_minutes("STUCK_MINUTES"),
        staff=_minutes("STAFF_MINUTES"),
    )


def ledger_window() -> timedelta:
    return _minutes("LEDGER_MINUTES")


def segments() -> int:
    return int(os.environ["SEGMENTS"])


def _minutes(name: str) -> timedelta:
    return timedelta(minutes=int(os.environ[name]))


def now() -> datetime:
    return datetime.now(UTC)


def pause() -> None:
    """Wait longer than an event usually takes to arrive."""
    time.sleep(PAUSE_SECONDS)

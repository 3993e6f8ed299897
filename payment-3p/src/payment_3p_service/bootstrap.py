"""The composition root: everything is made on first use, once per container."""

import os
import random
import secrets
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from payment_3p_service.authentication import Merchant
from payment_3p_service.repository import Ledger
from payment_3p_service.script_repository import ScriptTable
from payment_3p_service.scripts import Stage

LONGEST_WAIT_SECONDS = 0.4


@lru_cache(maxsize=1)
def ledger() -> Ledger:
    return Ledger(_client("dynamodb"), os.environ["TABLE_NAME"], os.environ["KEYS_TABLE_NAME"], now, wait)


@lru_cache(maxsize=1)
def merchant() -> Merchant:
    return Merchant(_client("secretsmanager"), os.environ["SECRET_ARN"], time.monotonic)


@lru_cache(maxsize=1)
def script_table() -> ScriptTable | None:
    """None where the template makes no table for them: nobody makes the provider fail there."""
    name = os.environ["SCRIPTS_TABLE_NAME"]
    return ScriptTable(_client("dynamodb"), name, now) if name else None


def stage() -> Stage:
    return Stage(script_table(), time.sleep)


def hold_days() -> int:
    return int(os.environ["HOLD_DAYS"])


def new_token() -> str:
    return secrets.token_urlsafe(32)


def now() -> datetime:
    return datetime.now(UTC)


def wait(attempt: int) -> None:
    """A random while before another try, longer each time, so that those who collided do not collide again."""
    longest = min(0.01 * 2**attempt, LONGEST_WAIT_SECONDS)
    time.sleep(random.uniform(0, longest))  # noqa: S311 - spreads load, hides nothing


def _client(service: str) -> Any:
    import boto3
    from botocore.config import Config

    settings = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client(service, config=settings)  # type: ignore[call-overload]  # the name is no literal here

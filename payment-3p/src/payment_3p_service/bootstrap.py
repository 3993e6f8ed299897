"""The service's objects, created on first use, once per execution environment."""

import os
import random
import secrets
import time
from datetime import UTC, datetime
from functools import cache

from payment_3p_service.authentication import Merchant
from payment_3p_service.aws import client
from payment_3p_service.repository import Ledger
from payment_3p_service.script_repository import ScriptTable
from payment_3p_service.scripts import ScriptPlayer

LONGEST_WAIT_SECONDS = 0.4


@cache
def ledger() -> Ledger:
    return Ledger(client("dynamodb"), os.environ["TABLE_NAME"], os.environ["KEYS_TABLE_NAME"], now, wait)


@cache
def merchant() -> Merchant:
    return Merchant(client("secretsmanager"), os.environ["SECRET_ARN"], time.monotonic)


@cache
def script_table() -> ScriptTable | None:
    """None in an environment without failure scripts."""
    name = os.environ["SCRIPTS_TABLE_NAME"]
    return ScriptTable(client("dynamodb"), name, now) if name else None


def script_player() -> ScriptPlayer:
    return ScriptPlayer(script_table(), time.sleep)


def hold_days() -> int:
    return int(os.environ["HOLD_DAYS"])


def allowed_origin() -> str:
    return os.environ["ALLOWED_ORIGIN"]


def new_token() -> str:
    return secrets.token_urlsafe(32)


def now() -> datetime:
    return datetime.now(UTC)


def wait(attempt: int) -> None:
    """A random wait before another attempt, longer each time, so that concurrent writers do not collide again."""
    longest = min(0.01 * 2**attempt, LONGEST_WAIT_SECONDS)
    time.sleep(random.uniform(0, longest))  # noqa: S311 - spreads load, protects nothing

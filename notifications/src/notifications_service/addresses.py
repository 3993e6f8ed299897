"""The table of addresses, a cache of the user pool: one item per user.

It saves requests to the pool, whose quota is per account. An item is fresh, and used, for a time after the pool was
asked. Without a fresh item the pool is asked again. DynamoDB deletes items that are no longer fresh.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from ecom.dynamo import ConditionFailed, Table, can_be_key
from ecom.times import timestamp
from notifications_service.recipients import Recipients, checked_address

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Addresses(Protocol):
    """The table and the fake for tests pass the same contract suite."""

    def find(self, user_id: str) -> str | None:
        """The fresh address of the user."""

    def keep(self, user_id: str, address: str, at: datetime) -> None:
        """Store the address that the user had at that time, unless a newer one is stored or it is not fresh."""

    def forget(self, user_id: str) -> None:
        """Delete the address of the user."""


class AddressTable:
    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime], fresh: timedelta) -> None:
        self._table = Table(client, table)
        self._now = now
        self._fresh = fresh

    def find(self, user_id: str) -> str | None:
        if not can_be_key(user_id):
            return None
        item = self._table.get({"userId": user_id}, consistent=False)
        is_fresh = item is not None and datetime.fromisoformat(item["at"]) > self._now() - self._fresh
        return str(item["address"]) if item and is_fresh else None

    def keep(self, user_id: str, address: str, at: datetime) -> None:
        if not can_be_key(user_id) or at <= self._now() - self._fresh:
            return
        item = {
            "userId": user_id,
            "address": address,
            "at": timestamp(at),
            "expiresAt": int((at + self._fresh).timestamp()),
        }
        with suppress(ConditionFailed):
            self._table.put(item, "attribute_not_exists(#userId) OR #at <= :at", at=timestamp(at))

    def forget(self, user_id: str) -> None:
        if can_be_key(user_id):
            self._table.delete({"userId": user_id})


@dataclass(frozen=True, slots=True)
class KnownRecipients:
    """The address from the table, else from the user pool, which is asked once for each user and fresh time."""

    addresses: Addresses
    pool: Recipients
    now: Callable[[], datetime]

    def address_of(self, user_id: str) -> str | None:
        known = self.addresses.find(user_id)
        if known is not None:
            return checked_address(known)
        asked_at = self.now()
        address = self.pool.address_of(user_id)
        if address is None:
            self.addresses.forget(user_id)
        else:
            self.addresses.keep(user_id, address, asked_at)
        return address

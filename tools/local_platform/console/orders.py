"""The list of orders, and one order as a timeline."""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ecom.dynamo import Table
from ecom.dynamo_values import can_be_key
from tools.operate.timeline.sources import timeline_of
from tools.operate.timeline.story import document_of
from tools.project.aws import Target
from tools.project.problems import Problem

FIELDS = ("orderId", "userId", "status", "paymentStatus", "total", "currency", "createdDate", "modifiedDate")
Item = Mapping[str, Any]


def found(target: Target, search: str, limit: int) -> list[dict[str, Any]]:
    """The newest orders: those of a shopper, if `search` is an e-mail address, else those whose id contains it."""
    table = Table(target.client("dynamodb"), _parameter(target, "orders/table/name"))
    if "@" in search:
        return newest((item for user in _users(target, search) for item in _of_user(table, user)), limit)
    return newest((item for item in _all(table) if search in str(item.get("orderId"))), limit)


def with_ids(target: Target, order_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Those of these orders that exist, newest first."""
    table = Table(target.client("dynamodb"), _parameter(target, "orders/table/name"))
    items = _by_key(table, order_ids)
    return newest(items, len(items))


def timeline(target: Target, order_id: str, now: datetime) -> dict[str, Any]:
    """The document of `make timeline ARGS=--json`. Raises a Problem for an order that no service knows."""
    return document_of(timeline_of(target, order_id, now))


def newest(items: Iterable[Item], limit: int) -> list[dict[str, Any]]:
    """An item that was written manually may hold anything; one without a date comes last."""
    latest = heapq.nlargest(limit, items, key=lambda item: str(item.get("createdDate", "")))
    return [{name: item[name] for name in FIELDS if name in item} for item in latest]


def _all(table: Table) -> Iterator[Item]:
    names = {f"#{name}": name for name in FIELDS}
    for page in table.pages(ProjectionExpression=", ".join(names), ExpressionAttributeNames=names):
        yield from page


def _of_user(table: Table, user: str) -> list[dict[str, Any]]:
    """The index `user` holds keys only (ADR 9)."""
    pages = table.pages(
        IndexName="user",
        KeyConditionExpression="#userId = :user",
        ExpressionAttributeNames={"#userId": "userId"},
        ExpressionAttributeValues={":user": {"S": user}},
    )
    return _by_key(table, [item["orderId"] for page in pages for item in page])


def _by_key(table: Table, order_ids: Iterable[str]) -> list[dict[str, Any]]:
    keys = [{"orderId": order_id} for order_id in order_ids if can_be_key(order_id)]
    return table.get_many(keys, consistent=True)


def _users(target: Target, address: str) -> list[str]:
    """The ids of the users with this e-mail address."""
    if '"' in address or "\\" in address:  # would end the text in Cognito's filter, and no address needs them
        return []
    pool = _parameter(target, "users/user-pool/id")
    users = target.client("cognito-idp").list_users(UserPoolId=pool, Filter=f'email = "{address}"')["Users"]
    return [each["Value"] for user in users for each in user["Attributes"] if each["Name"] == "sub"]


def _parameter(target: Target, name: str) -> str:
    full_name = f"/ecommerce/{target.environment.name}/{name}"
    values = target.parameters([full_name])
    if full_name not in values:
        service = name.split("/")[0]
        raise Problem(f"{service} is not deployed: `make deploy-{service}`")
    return values[full_name]

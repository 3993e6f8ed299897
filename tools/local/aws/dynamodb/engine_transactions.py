"""Transactions that conflict with other writes to their items."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from tools.local.aws.dynamodb.transactions import ItemKey, OngoingTransactions
from tools.local.engine.patching import core, patch, service
from tools.local.usage import meter

Response = tuple[int, dict[str, str], bytes]
TRANSACTION = "TransactWriteItems"
# Operations on one item, and transactions, which fail when an item is part of another transaction.
ONE_ITEM = frozenset(("PutItem", "UpdateItem", "DeleteItem"))
TRANSACTIONS = frozenset((TRANSACTION, "TransactGetItems"))
CONFLICT_CODE, CONFLICT = "TransactionConflictException", "Transaction is ongoing for the item"

ongoing = OngoingTransactions()


@patch
def transactions_conflict() -> None:
    """A transaction takes time on DynamoDB. Meanwhile it fails other transactions and writes of its items. A repeat of
    its request, with the same token, learns that it goes on.

    The engine answers each request at once, so that no two ever meet.
    """
    dynamodb = service("dynamodb")
    handle: Callable[..., Awaitable[Response]] = dynamodb.handle_request

    async def meeting(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Response:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        if operation not in ONE_ITEM | TRANSACTIONS:
            return await handle(method, path, headers, body, query)
        keys = _keys(dynamodb, operation, body)
        token, asked = _repeatable(body) if operation == TRANSACTION else (None, None)
        if refusal := ongoing.refusal(token, asked):
            return _refused(*refusal)
        if busy := ongoing.conflicts(keys):
            meter.add("dynamodb", operation, "conflicts")
            return _cancelled(len(keys), busy) if operation in TRANSACTIONS else _refused(CONFLICT_CODE, CONFLICT)
        if operation != TRANSACTION:
            return await handle(method, path, headers, body, query)
        with ongoing.at_work(keys, token, asked) as seconds:
            await asyncio.sleep(seconds)
            return await handle(method, path, headers, body, query)

    dynamodb.handle_request = meeting


def _keys(dynamodb: Any, operation: str, body: bytes) -> list[ItemKey]:
    """The items that a request names; none for a request that the engine is going to refuse."""
    try:
        request = json.loads(body)
        members = request["TransactItems"] if operation in TRANSACTIONS else [{operation: request}]
        return [_key(dynamodb, action) for member in members for action in member.values()]
    except (AttributeError, KeyError, TypeError, ValueError):
        return []


def _repeatable(body: bytes) -> tuple[str | None, Any]:
    """The token of a transaction and what it asks for; no token in a request that the engine is going to refuse."""
    try:
        request = json.loads(body)
        token = request.pop("ClientRequestToken", None)
    except (AttributeError, ValueError):
        return None, None
    return (token if isinstance(token, str) and token else None), request


def _key(dynamodb: Any, action: dict[str, Any]) -> ItemKey:
    table = dynamodb._tables[dynamodb._normalize_table_name(action["TableName"])]
    named = action.get("Key") or action["Item"]
    return (table["TableName"], *_values(table, named))


def _values(table: dict[str, Any], named: dict[str, Any]) -> Iterator[str]:
    for name in (table["pk_name"], table.get("sk_name")):
        if name:
            yield json.dumps(named[name], sort_keys=True)


def _cancelled(total: int, busy: list[int]) -> Response:
    reasons = [
        {"Code": "TransactionConflict", "Message": CONFLICT} if position in busy else {"Code": "None"}
        for position in range(total)
    ]
    codes = ", ".join(reason["Code"] for reason in reasons)
    message = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    answer = {"__type": "TransactionCanceledException", "message": message, "CancellationReasons": reasons}
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": "TransactionCanceledException"}
    return 400, headers, json.dumps(answer).encode()


def _refused(code: str, text: str) -> Response:
    answer: Response = core("core.responses").error_response_json(code, text, 400)
    return answer

"""One DynamoDB table as Python values, with its failures as types.

    TryAgain
    ├── TableBusy          throttled, or another transaction holds an item: nothing was written
    └── TableUnavailable   no answer, a 5xx, or a transaction that goes on: the outcome is unknown
    DeadlinePassed         (`ecom.deadline`) not started: its answer would come too late; also a TryAgain
    ConditionFailed        the condition of a write did not hold: nothing was written
    TransactionFailed      conditions of a transaction did not hold: nothing was written

Every other refusal is a defect of the request and escapes as botocore's ClientError.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ecom import deadline
from ecom.aws import DYNAMODB_ATTEMPT_SECONDS, LONGEST_WAIT_SECONDS
from ecom.backoff import Backoff
from ecom.dynamo_values import Item, can_be_key, plain, typed
from ecom.errors import TryAgain

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb import DynamoDBClient

__all__ = [
    "ConditionFailed",
    "Item",
    "ItemPage",
    "Table",
    "TableBusy",
    "TableUnavailable",
    "TransactionFailed",
    "Write",
    "can_be_key",
    "plain",
    "transact",
    "typed",
]

BATCH = 100  # keys in one BatchGetItem
# What DynamoDB answers when it is throttled, and when two requests meet at one item. The first form is the code of an
# error, the second the code of a cancellation reason inside a transaction.
THROTTLED = frozenset(
    (
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "ThrottlingException",
        "ThrottlingError",
        "RequestLimitExceeded",
    )
)
CONFLICT = frozenset(("TransactionConflictException", "TransactionConflict"))
BUSY = THROTTLED | CONFLICT
# The answer to a repeat by the SDK, while the first request of the transaction goes on: that one may be done.
GOES_ON = "TransactionInProgressException"
FAILED = "ConditionalCheckFailed"
_NAME = re.compile(r"#(\w+)")

# One entry of TransactWriteItems: {"Put": {...}}, {"Update": {...}}, {"Delete": {...}} or {"ConditionCheck": {...}}.
Write = Mapping[str, Any]


class TableBusy(TryAgain):
    """Throttled, or another transaction holds an item. Nothing was written. `conflicts` has the positions of the items
    in this transaction that another one holds."""

    def __init__(self, message: str, conflicts: Iterable[int] = ()) -> None:
        super().__init__(message)
        self.conflicts = tuple(conflicts)


class TableUnavailable(TryAgain):
    """No answer in time, a 5xx, or a transaction that goes on. Whether something was written is unknown."""


class ConditionFailed(Exception):
    """This request wrote nothing. `item` is the stored item, None when there is none. `is_repeat`: the SDK had sent the
    same request before and got no answer, or a failure; that one may have been done."""

    def __init__(self, item: Item | None, *, is_repeat: bool = False) -> None:
        super().__init__("the condition of the write does not hold")
        self.item = item
        self.is_repeat = is_repeat


class TransactionFailed(Exception):
    """Nothing was written. `items` has, by position in the transaction, what the table holds where a condition did not
    hold: the item, or None when there is none."""

    def __init__(self, items: Mapping[int, Item | None]) -> None:
        super().__init__("conditions of the transaction do not hold")
        self.items = dict(items)


@dataclass(frozen=True, slots=True)
class ItemPage:
    """`last_key` is where the next page begins, None at the end."""

    items: list[Item]
    last_key: Item | None


class Table:
    """Reads and writes items as Python values. Each write is one request: all of it is stored, or nothing."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client = client
        self.name = name

    # --- reading ---

    def get(self, key: Item, *, consistent: bool = True) -> Item | None:
        answer = self._call("get_item", Key=typed(key), ConsistentRead=consistent)
        return plain(answer["Item"]) if "Item" in answer else None

    def get_many(
        self,
        keys: Iterable[Item],
        *,
        consistent: bool = False,
        attributes: str | None = None,
        backoff: Backoff | None = None,
    ) -> list[Item]:
        """The items that exist, in no order. Keys that DynamoDB leaves unprocessed are read again; raises
        TableBusy when some stay unprocessed. `attributes` names the attributes to read, all by default."""
        wanted = list({repr(key): typed(key) for key in keys}.values())
        projection = {"ProjectionExpression": attributes} if attributes else {}
        found: list[Item] = []
        for _ in (backoff or Backoff()).attempts():
            unprocessed: list[Any] = []
            for start in range(0, len(wanted), BATCH):
                request = {"Keys": wanted[start : start + BATCH], "ConsistentRead": consistent, **projection}
                answer = _call(self.client, "batch_get_item", RequestItems={self.name: request})
                found += [plain(item) for item in answer["Responses"].get(self.name, [])]
                unprocessed += answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            wanted = unprocessed
            if not wanted:
                return found
        raise TableBusy(f"DynamoDB left {len(wanted)} keys unprocessed")

    def get_at_one_moment(self, keys: Sequence[Item]) -> list[Item]:
        """The items that exist, at most 100 keys, all as they were at one moment. Raises TableBusy while one of them is
        written."""
        gets = [{"Get": {"TableName": self.name, "Key": typed(key)}} for key in keys]
        answer = _call(self.client, "transact_get_items", TransactItems=gets)
        return [plain(each["Item"]) for each in answer["Responses"] if "Item" in each]

    def page(self, *, values: Item | None = None, start: Item | None = None, **request: Any) -> ItemPage:
        """One page of a query, or of a scan when the request has no KeyConditionExpression.

        `values` are the values of the expressions, `start` is the key after which the page begins.
        """
        if values is not None:
            request["ExpressionAttributeValues"] = typed({f":{name}": value for name, value in values.items()})
        if start is not None:
            request["ExclusiveStartKey"] = typed(start)
        answer = self._call("query" if "KeyConditionExpression" in request else "scan", **request)
        last = answer.get("LastEvaluatedKey")
        return ItemPage([plain(item) for item in answer["Items"]], plain(last) if last else None)

    def pages(self, **request: Any) -> Iterator[list[Item]]:
        """All pages of a query or of a scan."""
        start: Item | None = None
        while True:
            page = self.page(start=start, **request)
            yield page.items
            start = page.last_key
            if start is None:
                return

    # --- writing ---

    def put(self, item: Item, condition: str = "", /, **values: Any) -> None:
        """Raises ConditionFailed. `values` are the values in the condition: `:name` is `name=...`."""
        self._call("put_item", **self.put_entry(item, condition, **values)["Put"])

    def update(self, key: Item, update: str, condition: str = "", /, *, returns: str = "NONE", **values: Any) -> Item:
        """The item after the update with `returns="ALL_NEW"`, before it with `"ALL_OLD"`. Raises ConditionFailed."""
        entry = self.update_entry(key, update, condition, **values)["Update"]
        return plain(self._call("update_item", **entry, ReturnValues=returns).get("Attributes", {}))

    def delete(self, key: Item, condition: str = "", /, **values: Any) -> Item | None:
        """The item that was deleted, None when there was none. Raises ConditionFailed."""
        entry = self.delete_entry(key, condition, **values)["Delete"]
        attributes = self._call("delete_item", **entry, ReturnValues="ALL_OLD").get("Attributes")
        return plain(attributes) if attributes else None

    # --- entries of a transaction ---

    def put_entry(self, item: Item, condition: str = "", /, **values: Any) -> Write:
        return {"Put": {"TableName": self.name, "Item": typed(item), **_conditional(condition, "", values)}}

    def update_entry(self, key: Item, update: str, condition: str = "", /, **values: Any) -> Write:
        written = _conditional(condition, update, values)
        return {"Update": {"TableName": self.name, "Key": typed(key), "UpdateExpression": update, **written}}

    def delete_entry(self, key: Item, condition: str = "", /, **values: Any) -> Write:
        return {"Delete": {"TableName": self.name, "Key": typed(key), **_conditional(condition, "", values)}}

    def check_entry(self, key: Item, condition: str, /, **values: Any) -> Write:
        return {"ConditionCheck": {"TableName": self.name, "Key": typed(key), **_conditional(condition, "", values)}}

    def _call(self, operation: str, **request: Any) -> Any:
        return _call(self.client, operation, **{"TableName": self.name, **request})


def transact(client: "DynamoDBClient", writes: Sequence[Write]) -> None:
    """All writes or none. Raises TransactionFailed."""
    _call(client, "transact_write_items", TransactItems=list(writes))


def _conditional(condition: str, update: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The condition, the values, and the names: every attribute is written `#name` in an expression."""
    parameters: dict[str, Any] = {}
    if condition:
        parameters["ConditionExpression"] = condition
        parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    if names := _names(f"{condition} {update}"):
        parameters["ExpressionAttributeNames"] = names
    if values:
        parameters["ExpressionAttributeValues"] = typed({f":{name}": value for name, value in values.items()})
    return parameters


def _names(expression: str) -> dict[str, str]:
    return {f"#{name}": name for name in _NAME.findall(expression)}


def _call(client: Any, operation: str, **request: Any) -> Any:
    from botocore import exceptions

    # The client checks each attempt again: after a failed one, and a wait, there must be time for a typed answer.
    deadline.require(DYNAMODB_ATTEMPT_SECONDS + LONGEST_WAIT_SECONDS)
    try:
        return getattr(client, operation)(**request)
    except exceptions.ClientError as error:
        failure = _translated(error)
        if failure is None:
            raise
        raise failure from error
    except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise TableUnavailable(f"DynamoDB did not answer ({type(error).__name__})") from error


def _translated(error: "ClientError") -> Exception | None:
    """The error for the refusal; None when the request itself is wrong."""
    response: Any = error.response
    metadata = response.get("ResponseMetadata", {})
    code, status = response["Error"]["Code"], metadata.get("HTTPStatusCode", 400)
    if code == "ConditionalCheckFailedException":
        item = response.get("Item")
        return ConditionFailed(plain(item) if item else None, is_repeat=metadata.get("RetryAttempts", 0) > 0)
    if code == "TransactionCanceledException":
        return _cancelled(response.get("CancellationReasons", []))
    if code in BUSY:
        return TableBusy(f"DynamoDB is busy ({code})")
    return TableUnavailable(f"DynamoDB failed ({code})") if status >= 500 or code == GOES_ON else None


def _cancelled(reasons: Sequence[Mapping[str, Any]]) -> Exception | None:
    codes = {reason.get("Code") or "None" for reason in reasons} - {"None"}
    if not codes <= {FAILED, *BUSY}:
        return None
    if FAILED in codes:
        return TransactionFailed(
            {
                position: plain(reason["Item"]) if reason.get("Item") else None
                for position, reason in enumerate(reasons)
                if reason.get("Code") == FAILED
            }
        )
    conflicts = (position for position, reason in enumerate(reasons) if reason.get("Code") in CONFLICT)
    return TableBusy(f"DynamoDB is busy ({', '.join(sorted(codes)) or 'transaction cancelled'})", conflicts)

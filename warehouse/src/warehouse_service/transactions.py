"""The table's conditional writes: a request and the stock it moves, in one transaction or not at all."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from ecom.dynamo import plain, typed
from warehouse_service.domain import Request, moves
from warehouse_service.rows import Image, item_of, stock_key, stock_of
from warehouse_service.stock import Move, Stock, band

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
UNCHANGED: Final[Item] = {}
# Free units of a counted product that was never seen: most products have plenty, and the condition finds out.
PLENTY = 1_000_000_000
_BUSY = frozenset(
    (
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    )
)
_STOCK_NAMES = {
    "#available": "available",
    "#reserved": "reserved",
    "#news": "news",
    "#version": "version",
    "#correlation": "correlationId",
}


class Busy(Exception):
    """Others write to the same items at this moment: nothing was written, and nothing is known to be different."""


class Outdated(Exception):
    """Nothing was written: items are not as was thought. Here is how they are.

    `item` is the request's item (None: there is none; UNCHANGED: it was as thought), `stock` that of the products
    concerned (None: nobody counts it).
    """

    def __init__(self, item: Item | None, stock: Mapping[str, Stock | None]) -> None:
        super().__init__("outdated")
        self.item = item
        self.stock = dict(stock)


class Writes:
    def __init__(self, client: "DynamoDBClient", table: str, low_at: int) -> None:
        self._client = client
        self._table = table
        self._low_at = low_at

    def step(self, image: Image, new: Request, shelves: Mapping[str, int | None], correlation_id: str) -> None:
        """Put the new request in the image's place and move the stock. Raises Busy or Outdated.

        The SDK sends a request again when its answer was lost; what then stands in the way may be our own write.
        """
        item = item_of(image, new, correlation_id)
        put = self._put(image, item)
        moved = {
            product_id: move
            for product_id, move in moves(image.request, new).items()
            # Who takes a product's stock record away ends its counting: there is nothing to give back to.
            if shelves.get(product_id, PLENTY) is not None
        }
        try:
            if not moved:
                self._client.put_item(**put)
                return
            free = {product_id: shelves.get(product_id) for product_id in moved}
            updates: list[Any] = [
                {"Update": self._move(product_id, move, free[product_id], correlation_id)}
                for product_id, move in moved.items()
            ]
            self._client.transact_write_items(TransactItems=[{"Put": put}, *updates])
        except ClientError as error:
            failure = _translated(error, list(moved))
            if isinstance(failure, Outdated) and failure.item == item:
                return
            raise failure from None

    def count(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        """What is not reserved of `on_hand` is available. Raises Busy, or Outdated when more than that is reserved."""
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=typed({"id": stock_key(product_id)}),
                UpdateExpression=(
                    "SET #reserved = if_not_exists(#reserved, :zero), "
                    "#available = :onHand - if_not_exists(#reserved, :zero), "
                    "#version = if_not_exists(#version, :zero) + :one, #news = :news, #correlation = :correlation"
                ),
                ConditionExpression="attribute_not_exists(#reserved) OR #reserved <= :onHand",
                ExpressionAttributeNames=_STOCK_NAMES,
                ExpressionAttributeValues=typed(
                    {
                        ":zero": 0,
                        ":one": 1,
                        ":onHand": on_hand,
                        ":news": "StockChanged",
                        ":correlation": correlation_id,
                    }
                ),
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            raise _translated(error, [product_id], single=product_id) from None
        return stock_of(plain(answer["Attributes"]))

    def _put(self, image: Image, item: Item) -> Any:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": typed(item),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if image.request is None:
            return {**put, "ConditionExpression": "attribute_not_exists(id)"}
        return {
            **put,
            "ConditionExpression": "etag = :etag",
            "ExpressionAttributeValues": {":etag": {"N": str(image.etag)}},
        }

    def _move(self, product_id: str, move: Move, free: int | None, correlation_id: str) -> Any:
        """The update of a stock item. Its condition holds exactly when the levels are as this update assumes."""
        at = band(PLENTY if free is None else free, move, self._low_at)
        values: dict[str, Any] = {":available": move.available, ":reserved": move.reserved}
        conditions = ["#reserved >= :least"]
        values[":least"] = max(0, -move.reserved)
        if move.available:
            conditions.append("#available >= :low")
            values[":low"] = at.low
            if at.high is not None:
                conditions.append("#available <= :high")
                values[":high"] = at.high
        expression = "SET #available = #available + :available, #reserved = #reserved + :reserved"
        names = {key: _STOCK_NAMES[key] for key in ("#available", "#reserved", "#news")}
        if at.before is at.after:
            expression += " REMOVE #news"
        else:
            expression += (
                ", #news = :news, #correlation = :correlation, #version = if_not_exists(#version, :zero) + :one"
            )
            names = _STOCK_NAMES
            values |= {":news": "StockChanged", ":correlation": correlation_id, ":zero": 0, ":one": 1}
        return {
            "TableName": self._table,
            "Key": typed({"id": stock_key(product_id)}),
            "UpdateExpression": expression,
            "ConditionExpression": " AND ".join(conditions),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": typed(values),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }


def _translated(error: ClientError, products: Sequence[str], single: str | None = None) -> Exception:
    """Busy or Outdated, else the error itself. A transaction names the request first, then the products."""
    code = error.response["Error"]["Code"]
    if code in _BUSY:
        return Busy()
    if code == "ConditionalCheckFailedException":
        found: Any = error.response.get("Item")
        item = plain(found) if found else None
        return Outdated(UNCHANGED, {single: stock_of(item) if item else None}) if single else Outdated(item, {})
    if code != "TransactionCanceledException":
        return error
    reasons: list[Any] = error.response.get("CancellationReasons", [])
    codes = {reason.get("Code") for reason in reasons}
    failed = {
        place: plain(reason["Item"]) if reason.get("Item") else None
        for place, reason in enumerate(reasons)
        if reason.get("Code") == "ConditionalCheckFailed"
    }
    if failed and codes <= {"None", None, "ConditionalCheckFailed", *_BUSY}:
        stock = {products[place - 1]: stock_of(item) if item else None for place, item in failed.items() if place}
        return Outdated(failed.get(0, UNCHANGED), stock)
    return Busy() if codes & _BUSY else error

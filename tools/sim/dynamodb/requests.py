"""The parts of DynamoDB's requests and answers: conditions, projections, pages, refusals."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from tools.sim.dynamodb.expressions import (
    Context,
    Invalid,
    Item,
    Tokens,
    Value,
    comparable,
    condition,
    path_of,
    real_path,
    value_at,
    words_of,
)
from tools.sim.dynamodb.table import Key, Keys, Table, sort_key
from tools.sim.not_simulated import NotSimulated

Request = Mapping[str, Any]
Answer = dict[str, Any]
FAILED = "ConditionalCheckFailed"
CONFLICT = "TransactionConflict"
THROTTLED = "ThrottlingError"
CHECK_FAILED_TEXT = "The conditional request failed"


class Refused(Exception):
    """An error of DynamoDB: its code, its text, and more fields of the answer."""

    def __init__(self, code: str, text: str, more: Mapping[str, Any] | None = None) -> None:
        super().__init__(text)
        self.code, self.text, self.more = code, text, dict(more or {})


def context_of(request: Request) -> Context:
    return Context(request.get("ExpressionAttributeNames") or {}, request.get("ExpressionAttributeValues") or {})


def holds(item: Item | None, request: Request) -> bool:
    """Whether the condition of a request holds. Raises Invalid for names or values that nothing uses."""
    texts = [request.get(name) for name in ("ConditionExpression", "UpdateExpression")]
    _check_used(" ".join(text for text in texts if text), request)
    text = request.get("ConditionExpression")
    return condition(text)(item or {}, context_of(request)) if text else True


def _check_used(text: str, request: Request) -> None:
    for kind, what in (("ExpressionAttributeNames", "names"), ("ExpressionAttributeValues", "values")):
        given = request.get(kind)
        if given and (unused := set(given).difference(words_of(text))):
            raise Invalid(
                f"Value provided in ExpressionAttribute{what.title()} unused in expressions: {sorted(unused)}"
            )


def projection(item: Item, request: Request) -> Item:
    """The attributes that the request asks for. Only top-level paths are simulated."""
    text = request.get("ProjectionExpression")
    if not text:
        return item
    tokens, names = Tokens(text), request.get("ExpressionAttributeNames") or {}
    kept: dict[str, Value] = {}
    while tokens.peek():
        path = real_path(path_of(tokens), names)
        if len(path) > 1:
            raise NotSimulated("a projection of nested attributes is not simulated")
        value = value_at(item, path)
        if value is not None:
            kept[str(path[0])] = value
        if tokens.peek():
            tokens.expect(",")
    return kept


def returned(request: Request, old: Item | None, new: Item | None) -> Answer:
    wanted = request.get("ReturnValues", "NONE")
    if wanted == "ALL_OLD" and old is not None:
        return {"Attributes": old}
    if wanted == "ALL_NEW" and new is not None:
        return {"Attributes": new}
    if wanted in ("UPDATED_OLD", "UPDATED_NEW"):
        raise NotSimulated(f"ReturnValues={wanted} is not simulated")
    return {}


def old_item(old: Item | None, request: Request) -> dict[str, Any]:
    wanted = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return {"Item": old} if wanted and old is not None else {}


def cancelled(codes: Sequence[str], more: Sequence[Mapping[str, Any]] | None = None) -> Refused:
    texts = {FAILED: CHECK_FAILED_TEXT, CONFLICT: "Transaction is ongoing for the item"}
    reasons = [
        {"Code": code, **({"Message": texts[code], **(more[place] if more else {})} if code in texts else {})}
        for place, code in enumerate(codes)
    ]
    listed = ", ".join(codes)
    return Refused(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{listed}]",
        {"CancellationReasons": reasons},
    )


def partition(text: str, keys: Keys, context: Context) -> Any:
    """The partition that a key condition names. Raises Invalid."""
    words = words_of(text)
    for name, equals, value in zip(words, words[1:], words[2:], strict=False):
        if equals == "=" and context.names.get(name, name) == keys.hash and value in context.values:
            return comparable(context.values[value])
    raise Invalid(f"Query condition missed key schema element: {keys.hash}")


def after(
    table: Table, index: str, found: list[tuple[Key, Item]], start: Item, request: Request
) -> list[tuple[Key, Item]]:
    """What follows a start key that is not there any more."""
    key = table.key_of(start)
    if "KeyConditionExpression" in request:
        keys = table.schema.indexes[index].keys if index else table.schema.keys
        place = (sort_key(start, keys), key)
        forward = request.get("ScanIndexForward", True)
        return [pair for pair in found if ((sort_key(pair[1], keys), pair[0]) > place) == forward and pair[0] != key]
    where = (crc32(repr(key).encode()), key)
    return [pair for pair in found if (crc32(repr(pair[0]).encode()), pair[0]) > where]

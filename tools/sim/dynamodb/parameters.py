"""The parameters of requests that the store reads. Another one stops the simulator: it would be ignored."""

from collections.abc import Iterator

from tools.sim.dynamodb.requests import Request
from tools.sim.not_simulated import NotSimulated

_VALUES = "ExpressionAttributeNames ExpressionAttributeValues"
_READ = "ConsistentRead ExpressionAttributeNames ProjectionExpression"
_CHECK = f"TableName ConditionExpression ReturnValuesOnConditionCheckFailure {_VALUES}"
_WRITE = f"ReturnValues {_CHECK}"
_PAGE = f"TableName IndexName FilterExpression ExclusiveStartKey Limit {_VALUES} {_READ}"
_KNOWN = {
    operation: frozenset(names.split())
    for operation, names in {
        "GetItem": f"TableName Key {_READ}",
        "BatchGetItem": "RequestItems",
        "TransactGetItems": "TransactItems",
        "Query": f"{_PAGE} KeyConditionExpression ScanIndexForward",
        "Scan": f"{_PAGE} Segment TotalSegments",
        "PutItem": f"Item {_WRITE}",
        "UpdateItem": f"Key UpdateExpression {_WRITE}",
        "DeleteItem": f"Key {_WRITE}",
        "TransactWriteItems": "TransactItems ClientRequestToken",
        # The parts of requests for several items.
        "Keys": f"Keys {_READ}",
        "Get": "TableName Key ExpressionAttributeNames ProjectionExpression",
        "Put": f"Item {_CHECK}",
        "Update": f"Key UpdateExpression {_CHECK}",
        "Delete": f"Key {_CHECK}",
        "ConditionCheck": f"Key {_CHECK}",
    }.items()
}


def require_known(operation: str, request: Request) -> None:
    """Raises NotSimulated."""
    for part, parameters in _parts(operation, request):
        if unknown := parameters.keys() - _KNOWN[part]:
            raise NotSimulated(f"DynamoDB's {operation} with {', '.join(sorted(unknown))} is not simulated")


def _parts(operation: str, request: Request) -> Iterator[tuple[str, Request]]:
    yield operation, request
    for entry in request.get("TransactItems", ()):
        yield from entry.items()
    for keys in request.get("RequestItems", {}).values():
        yield "Keys", keys

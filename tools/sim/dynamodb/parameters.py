"""The parameters of requests that the store reads. Another one stops the simulator: it would be ignored."""

from tools.sim.dynamodb.requests import Request
from tools.sim.not_simulated import NotSimulated

_VALUES = "ExpressionAttributeNames ExpressionAttributeValues"
_READ = "ConsistentRead ExpressionAttributeNames ProjectionExpression"
_WRITE = f"TableName ConditionExpression ReturnValues ReturnValuesOnConditionCheckFailure {_VALUES}"
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
    }.items()
}


def require_known(operation: str, request: Request) -> None:
    """Raises NotSimulated."""
    if unknown := request.keys() - _KNOWN.get(operation, request.keys()):
        raise NotSimulated(f"DynamoDB's {operation} with {', '.join(sorted(unknown))} is not simulated")

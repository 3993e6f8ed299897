"""Records of a stream that a dead letter refers to, as Lambda passes them to a function."""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tools.operate.redrive.dead_letter import FromStream


def records_of(lost: FromStream, streams: Any) -> Iterator[dict[str, Any]]:
    """The records of the batch; none when they have left the stream. `streams` is a client of DynamoDB Streams."""
    from botocore.exceptions import ClientError

    try:
        iterator = streams.get_shard_iterator(
            StreamArn=lost.stream,
            ShardId=lost.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=lost.first,
        )["ShardIterator"]
    except ClientError as error:
        if error.response["Error"]["Code"] in ("TrimmedDataAccessException", "ResourceNotFoundException"):
            return
        raise
    while iterator:
        answer = streams.get_records(ShardIterator=iterator, Limit=100)
        for record in answer["Records"]:
            yield _as_delivered(record, lost.stream)
            if record["dynamodb"]["SequenceNumber"] == lost.last:
                return
        if not answer["Records"]:
            return
        iterator = answer.get("NextShardIterator")


def _as_delivered(record: dict[str, Any], stream: str) -> dict[str, Any]:
    """A record of the API as Lambda passes it: times as numbers, bytes as base64, with the stream's ARN."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, bytes):
            return base64.b64encode(value).decode()
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value

    return {**plain(record), "eventSourceARN": stream}

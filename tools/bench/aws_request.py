"""What a request to AWS costs a function in processor time: boto3's client beside a signed HTTP request.

Both read the same item of a table on a local cloud. Only this process is counted, so the local cloud's own work is not
in it. Compare the two: the times depend on the machine.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ecom import aws
from tools.local.client import start_temporary

TABLE, KEY = "bench", {"id": {"S": "x"}}
HEADERS = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0"}
WARM, MEASURED, ROUNDS = 30, 300, 5


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, start_temporary(Path(folder)) as cloud:
        os.environ.update(cloud.environment)
        table = aws.dynamodb()
        table.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        table.put_item(TableName=TABLE, Item=KEY)
        signed = aws.signed_client("dynamodb")

        def by_boto3() -> object:
            return table.get_item(TableName=TABLE, Key=KEY)["Item"]

        def by_signed_client() -> object:
            answer = signed.call("POST", f"{cloud.endpoint}/", {"TableName": TABLE, "Key": KEY}, HEADERS)
            return answer.body["Item"]

        rounds = [(milliseconds(by_boto3), milliseconds(by_signed_client)) for _ in range(ROUNDS)]
    boto3, own = (statistics.median(each) for each in zip(*rounds, strict=True))
    print("| GetItem, processor ms | |\n|---|---|")
    print(f"| boto3 | {boto3:.2f} |\n| SignedClient | {own:.2f} ({own / boto3:.2f} of it) |")
    return 0


def milliseconds(request: Callable[[], object]) -> float:
    """The mean of many, once the connection is open. Raises if the item is not read."""
    for _ in range(WARM):
        if request() != KEY:
            raise RuntimeError("the request did not read the item")
    start = time.process_time()
    for _ in range(MEASURED):
        request()
    return (time.process_time() - start) * 1000 / MEASURED

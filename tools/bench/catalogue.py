"""The cost of a page of the catalogue, as the catalogue grows.

Starts a local cloud, deploys the platform and fills the table. Read units are those that DynamoDB reports for the
function's requests. Times are medians of several GraphQL requests.
"""

import json
import operator
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import urllib3

from ecom_client.polling import poll
from tools.bench._live import deployed_cloud
from tools.explore.demo_data import read_parameters
from tools.local.client import Cloud

SIZES = (100, 1_000, 10_000)
PAGE = 20
ROUNDS = 20
QUERY = "query Q($token: String) { getProducts(nextToken: $token) { products { productId name price } nextToken } }"
HTTP = urllib3.PoolManager()


def main() -> int:
    with deployed_cloud() as cloud:
        parameters = read_parameters(cloud)
        print("| products | read units, first page | read units, last page | p50 ms, first page | p50 ms, last page |")
        print("|---|---|---|---|---|")
        there = 0
        announced = count_events(cloud, parameters["platform/event-bus/name"])
        for size in SIZES:
            fill(cloud, parameters["products/table/name"], there, size)
            there = size
            # Wait until all events are published, so that publishing is not measured.
            poll(announced, until=partial(operator.le, size), seconds=600, what=f"{size} events")
            print(row(cloud, parameters, size), flush=True)
    return 0


def count_events(cloud: Cloud, bus: str) -> Callable[[], int]:
    """Replace the listener's target by a queue that counts events."""
    events, sqs = cloud.client("events"), cloud.client("sqs")
    for rule in events.list_rules(EventBusName=bus)["Rules"]:
        if not rule.get("ManagedBy"):
            events.disable_rule(Name=rule["Name"], EventBusName=bus)
    url = sqs.create_queue(QueueName="announced")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["ecommerce.products"], "detail-type": ["ProductCreated"]})
    events.put_rule(Name="announced", EventBusName=bus, EventPattern=pattern)
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule="announced", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

    def count() -> int:
        name = "ApproximateNumberOfMessages"
        return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])

    return count


def fill(cloud: Cloud, table: str, start: int, end: int) -> None:
    dynamodb = cloud.client("dynamodb")
    for first in range(start, end, 25):
        items = [item(number) for number in range(first, min(first + 25, end))]
        left: Any = {table: [{"PutRequest": {"Item": found}} for found in items]}
        while left:
            left = dynamodb.batch_write_item(RequestItems=left)["UnprocessedItems"]


def item(number: int) -> dict[str, Any]:
    package = {name: {"N": "100"} for name in ("width", "length", "height", "weight")}
    return {
        "productId": {"S": f"bench-{number:06}"},
        "name": {"S": f"Product {number} with a name of usual length"},
        "price": {"N": "1990"},
        "category": {"S": f"category-{number % 10}"},
        "package": {"M": package},
    }


def row(cloud: Cloud, parameters: dict[str, str], size: int) -> str:
    pages = list(read_all(parameters))
    found = {product["productId"] for products, _ in pages for product in products}
    assert len(found) == size, f"{len(found)} of {size} products found"  # noqa: S101 - a wrong figure is worse than none
    last = pages[-2][1] if len(pages) > 1 else None
    table = parameters["products/table/name"]
    key = {"productId": {"S": pages[-2][0][-1]["productId"]}} if len(pages) > 1 else None
    units = [read_units(cloud, table, None), read_units(cloud, table, key)]
    times = [median_ms(parameters, None), median_ms(parameters, last)]
    return f"| {size:,} | {units[0]:g} | {units[1]:g} | {times[0]:.1f} | {times[1]:.1f} |"


def read_all(parameters: dict[str, str]) -> Iterator[tuple[list[dict[str, Any]], str | None]]:
    token: str | None = None
    while True:
        page = ask(parameters, token)
        token = page["nextToken"]
        yield page["products"], token
        if token is None:
            return


def ask(parameters: dict[str, str], token: str | None) -> dict[str, Any]:
    answer = HTTP.request(
        "POST",
        parameters["frontend-api/api/url"],
        body=json.dumps({"query": QUERY, "variables": {"token": token}}),
        headers={"x-api-key": parameters["frontend-api/api/key"]},
    )
    page: dict[str, Any] = json.loads(answer.data)["data"]["getProducts"]
    return page


def read_units(cloud: Cloud, table: str, start: dict[str, Any] | None) -> float:
    more = {"ExclusiveStartKey": start} if start else {}
    answer = cloud.client("dynamodb").scan(TableName=table, Limit=PAGE, ReturnConsumedCapacity="TOTAL", **more)
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


def median_ms(parameters: dict[str, str], token: str | None) -> float:
    times: list[float] = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        ask(parameters, token)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)

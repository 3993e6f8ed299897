"""The cost of a page of getOrders, as a shopper's orders grow: read units of the function, and time."""

import uuid
from functools import partial

from ecom.dynamo import typed
from ecom_client.journey import ADDRESS, lines
from tools.bench._live import Live, live, milliseconds, p50
from tools.bench._usage import Usage

SIZES = (10, 1_000, 10_000)
ROUNDS = 20


def main() -> int:
    with live() as platform:
        print("| orders | read units, first page | read units, last page | p50 ms, first | p50 ms, last | found |")
        print("|---|---|---|---|---|---|")
        there = 0
        for size in SIZES:
            fill(platform, there, size)
            there = size
            print(row(platform, size), flush=True)
    return 0


def fill(platform: Live, start: int, end: int) -> None:
    """Write old, finished orders directly to the table."""
    client, table = platform.platform.client("dynamodb"), platform.platform.parameter("orders/table/name")
    for first in range(start, end, 25):
        left = {table: [{"PutRequest": {"Item": item(platform, n)}} for n in range(first, min(first + 25, end))]}
        while left:
            left = client.batch_write_item(RequestItems=left)["UnprocessedItems"]


def item(platform: Live, number: int) -> dict[str, object]:
    moment = f"2025-{1 + number // 2500:02}-{1 + number // 100 % 25:02}T{number // 10 % 10:02}:{number % 10:02}:00.000Z"
    product = {
        "productId": "bench",
        "name": "Kettle",
        "package": {"width": 200, "length": 250, "height": 300, "weight": 900},
        "price": 1990,
    }
    return typed(
        {
            "orderId": str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))),
            "userId": platform.shopper.person.user_id,
            "createdDate": moment,
            "modifiedDate": moment,
            "status": "FULFILLED",
            "products": lines((product, 1)),
            "address": {key: value for key, value in ADDRESS.items() if value},
            "deliveryPrice": 0,
            "total": 1990,
            "paymentToken": f"bench-{number}",
        }
    )


def row(platform: Live, size: int) -> str:
    found: set[str] = set()
    token = last = None
    while True:
        page = platform.shopper.orders(token)
        found |= {order["orderId"] for order in page["orders"]}
        if page["nextToken"] is None:
            break
        token = last = page["nextToken"]
    costs = [units(platform, None), units(platform, last)]
    times = [p50([milliseconds(partial(platform.shopper.orders, t)) for _ in range(ROUNDS)]) for t in (None, last)]
    return f"| {size:,} | {costs[0]:g} | {costs[1]:g} | {times[0]:.0f} | {times[1]:.0f} | {len(found):,} |"


def units(platform: Live, token: str | None) -> float:
    with Usage(platform.cloud) as usage:
        platform.shopper.orders(token)
    return usage.total("dynamodb", "read units", callers="ecommerce-local-orders-")

"""Many buyers of few units, a shopper who tries to lock stock, and thousands of abandoned reservations.

Counts are exact and say whether stock is right; rates depend on the machine. Run it on two checkouts to compare them:
the second part is the attack of ADR 0028. Transactions take as long as on AWS, so that buyers of one product meet.
"""

import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from queue import SimpleQueue
from typing import Any

from ecom.errors import TryAgain
from ecom.status_index import partition
from ecom.times import timestamp
from ecom_client.journey import Product, Shopper, is_try_again
from ecom_client.people import temporary_user
from ecom_client.polling import poll
from tools.bench._live import Live, live, p50, p95
from tools.bench._usage import Usage
from tools.local.aws.dynamodb.transactions import VARIABLE
from warehouse_service import reservations
from warehouse_service.repository import WarehouseTable

BUYERS, UNITS, AT_ONCE = 1_000, 100, 12
# A large sale: every buyer gets a unit.
SALE = 500
TRANSACTION_MS = "10-30"
PATIENCE = 20
WRITERS, RESERVATIONS = 24, 1_000
LOW_STOCK, SHARDS = 5, 8  # as in the template of the warehouse
ATTEMPTS = 60
ABANDONED = 10_000
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> int:
    os.environ.setdefault(VARIABLE, TRANSACTION_MS)  # read by the cloud when it starts
    with live() as platform:
        writers(platform)
        flash_sale(platform, BUYERS, UNITS)
        flash_sale(platform, SALE, 10 * SALE)
        attack(platform)
        abandoned(platform)
    return 0


def flash_sale(live: Live, buyers: int, units: int) -> None:
    product = counted_product(live, units)
    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as crowd:
        people = [stack.enter_context(temporary_user(live.platform)) for _ in range(AT_ONCE)]
        free: SimpleQueue[Shopper] = SimpleQueue()
        for person in people:
            free.put(Shopper(live.platform, person))
        with Usage(live.cloud) as usage:
            began = time.monotonic()
            purchases = list(crowd.map(lambda _: buy(free, product), range(buyers)))
            seconds = time.monotonic() - began
    answers = [purchase.answer for purchase in purchases]
    undecided = sum(is_try_again(answer) for answer in answers)
    sold = sum(answer["success"] for answer in answers)
    refused = sum("INSUFFICIENT_STOCK" in codes(answer) for answer in answers)
    stock = poll(
        lambda: live.staff.stock(product["productId"]),
        lambda found: bool(found and found["reserved"] >= sold),
        seconds=60,
    )
    assert stock  # noqa: S101 - a wrong figure is worse than none
    waits = [purchase.seconds for purchase in purchases]
    reserving = "ecommerce-local-warehouse-rest-reserve"
    conflicts = usage.total("dynamodb", "conflicts", callers=reserving)
    units_written = usage.total("dynamodb", "write units", callers=reserving)
    print("| flash sale | |\n|---|---|")
    print(f"| buyers, at once | {buyers:,}, {AT_ONCE} |")
    print(f"| units; orders; answers INSUFFICIENT_STOCK | {units:,}; {sold}; {refused} |")
    print(f"| units available after the sale; reserved without an order | {stock['available']:,}; "
          f"{stock['reserved'] - sold} |")  # fmt: skip
    print(f"| buyers answered a second | {buyers / seconds:.0f} |")
    longest = f"{p50(waits):.2f}; {p95(waits):.2f}; {max(waits):.2f}"
    print(f"| a buyer's wait: median, 95th percentile, longest, s | {longest} |")
    print(f"| answers TRY_AGAIN; buyers without a decision after {PATIENCE} s | "
          f"{sum(purchase.repeats for purchase in purchases)}; {undecided} |")  # fmt: skip
    print(f"| conflicts while stock was reserved | {conflicts:,.0f} |")
    print(f"| write units of reservations, of an order | {units_written / max(sold, 1):.1f} |\n", flush=True)


def writers(live: Live) -> None:
    """The table alone: more execution environments than the local cloud starts, each with what it has read itself."""
    product_id = str(counted_product(live, 10 * RESERVATIONS)["productId"])
    tables: SimpleQueue[WarehouseTable] = SimpleQueue()
    name = live.platform.parameter("warehouse/table/name")
    for _ in range(WRITERS):
        tables.put(WarehouseTable(live.cloud.client("dynamodb"), name, LOW_STOCK, shards=SHARDS))

    def one(number: int) -> tuple[bool, float]:
        table, began = tables.get(), time.monotonic()
        try:
            order_id, now, life = f"writer-{number}-{product_id}", datetime.now(UTC), timedelta(minutes=15)
            reservations.reserve(table, order_id, {product_id: 1}, now, life, "bench")
        except TryAgain:
            return False, time.monotonic() - began
        finally:
            tables.put(table)
        return True, time.monotonic() - began

    # The repository counts metrics on the standard output, as Lambda functions do.
    with redirect_stdout(StringIO()), Usage(live.cloud) as usage, ThreadPoolExecutor(WRITERS) as crowd:
        began = time.monotonic()
        done = list(crowd.map(one, range(RESERVATIONS)))
        seconds = time.monotonic() - began
    waits = [waited for _, waited in done]
    reserved = sum(succeeded for succeeded, _ in done)
    stock = live.staff.stock(product_id)
    assert stock  # noqa: S101 - a wrong figure is worse than none
    assert stock["reserved"] == reserved  # noqa: S101 - a wrong figure is worse than none
    print("| the table alone | |\n|---|---|")
    print(f"| reservations of one product, at once | {RESERVATIONS:,}, {WRITERS} |")
    print(f"| reserved; TRY_AGAIN | {reserved:,}; {RESERVATIONS - reserved:,} |")
    print(f"| reservations a second | {reserved / seconds:.0f} |")
    print(f"| wait: median, 95th percentile, longest, s | {p50(waits):.2f}; {p95(waits):.2f}; {max(waits):.2f} |")
    print(f"| conflicts | {usage.total('dynamodb', 'conflicts'):,.0f} |\n", flush=True)


@dataclass(frozen=True)
class Purchase:
    """`repeats`: how often `createOrder` answered TRY_AGAIN before a decision."""

    answer: dict[str, Any]
    seconds: float
    repeats: int


def buy(free: SimpleQueue[Shopper], product: Product) -> Purchase:
    """A decision, for or against: TRY_AGAIN is asked again, but not for ever."""
    shopper = free.get()
    try:
        token, client_token, repeats = shopper.hold(product["price"]), str(uuid.uuid4()), 0
        began = time.monotonic()
        while is_try_again(answer := shopper.create_order_once([product], token, client_token=client_token)):
            repeats += 1
            if time.monotonic() - began > PATIENCE:
                break
        return Purchase(answer, time.monotonic() - began, repeats)
    finally:
        free.put(shopper)


def attack(live: Live) -> None:
    """One card hold, always another client token: what is reserved without an order?"""
    product = counted_product(live, 1_000)
    token = live.shopper.hold(product["price"])
    answers = [
        live.shopper.create_order_once([product], token, client_token=str(uuid.uuid4())) for _ in range(ATTEMPTS)
    ]
    orders = sum(answer["success"] for answer in answers)
    stock = live.staff.stock(product["productId"])
    assert stock  # noqa: S101 - a wrong figure is worse than none
    print("| one card hold, a new client token each time | |\n|---|---|")
    print(f"| attempts; orders | {ATTEMPTS}; {orders} |")
    print(f"| units reserved without an order | {stock['reserved'] - orders} |\n", flush=True)


def abandoned(live: Live) -> None:
    """Reservations that no order owns, all due at once: how long until their stock is free?"""
    product = counted_product(live, ABANDONED)
    table = live.platform.parameter("warehouse/table/name")
    dynamodb = live.cloud.client("dynamodb")
    for first in range(0, ABANDONED, 25):
        items = [reservation(number, product["productId"]) for number in range(first, first + 25)]
        dynamodb.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]})
    dynamodb.update_item(
        TableName=table,
        Key={"id": {"S": f"stock#{product['productId']}"}},
        UpdateExpression="SET available = :none, reserved = :all",
        ExpressionAttributeValues={":none": {"N": "0"}, ":all": {"N": str(ABANDONED)}},
    )
    began = time.monotonic()

    def reserved() -> int:
        stock = live.staff.stock(product["productId"])
        return stock["reserved"] if stock else 0

    poll(reserved, lambda left: left < ABANDONED, seconds=120, what="the first reservation lapses")
    first_lapse = time.monotonic()
    poll(reserved, lambda left: left == 0, seconds=600, what="all reservations lapse")
    print("| abandoned reservations of one product | |\n|---|---|")
    print(f"| reservations | {ABANDONED:,} |")
    print(f"| seconds until the first lapsed, and from then until the last | {first_lapse - began:.0f}; "
          f"{time.monotonic() - first_lapse:.0f} |")  # fmt: skip


def reservation(number: int, product_id: str) -> dict[str, Any]:
    order_id, due = f"abandoned-{number}", timestamp(LONG_AGO + timedelta(milliseconds=number))
    line = {"productId": {"S": product_id}, "quantity": {"N": "1"}, "packaged": {"N": "1"}, "tracked": {"BOOL": True}}
    return {
        "id": {"S": f"order#{order_id}"},
        "status": {"S": "HELD"},
        "queue": {"S": partition("HELD", f"order#{order_id}")},
        "since": {"S": due},
        "expiresAt": {"S": due},
        "lines": {"L": [{"M": line}]},
        "etag": {"N": "1"},
        "version": {"N": "0"},
        "correlationId": {"S": "bench"},
    }


def counted_product(live: Live, units: int) -> Product:
    product = {
        "productId": f"bench-{uuid.uuid4()}",
        "name": "A product that everybody wants",
        "package": {"width": 100, "length": 100, "height": 100, "weight": 100},
        "price": 100,
    }
    item = {
        "productId": {"S": product["productId"]},
        "name": {"S": product["name"]},
        "price": {"N": "100"},
        "package": {"M": {name: {"N": "100"} for name in ("width", "length", "height", "weight")}},
    }
    live.cloud.client("dynamodb").put_item(TableName=live.platform.parameter("products/table/name"), Item=item)
    live.staff.set_stock(str(product["productId"]), units)
    return {**product, "quantity": 1}


def codes(answer: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in answer["problems"] or ()]

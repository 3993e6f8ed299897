"""One order, from createOrder to the captured payment: its cost on AWS, and its duration on the local cloud.

The order has three products with tracked stock. Counts are exact means over some orders, without the provider, the
listener and the requests of the measurement. E-mails are counted separately, since the targets do not include them. The
price does not include X-Ray, data transfer, requests to queues, polling of streams and storage. Times are complete
requests on a warm local cloud, on the machine that also runs the measurement.

Processor time is the user and system time of the functions' own processes (`getrusage`), without their imports. A busy
machine adds to it. A round is a time in which `createOrder` waits for AWS, however many requests it made at once.
"""

import re
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ecom_client.journey import Product, Shopper, lines, new_product, total_of
from ecom_client.polling import poll
from tools.bench._by_service import by_service
from tools.bench._live import Live, live, milliseconds, p50, p95, verdict
from tools.bench._logs import log_bytes_since
from tools.bench._measured import MEASURED, Measured
from tools.bench._usage import Usage
from tools.local.usage import INVOKED
from tools.project.documents import relative
from tools.scale import prices

COUNTED = 10
QUICK = 40
JOURNEYS = 80
AT_ONCE = 8
OTHERS = ("payment-3p", "platform")
BESIDES = ("notifications",)
ENOUGH = 1_000_000


def main() -> int:
    with live() as platform:
        products = warmed(platform)
        print_counts(platform, products)
        print_times(platform, products)
    return 0


def count() -> None:
    """The counts alone, without the times."""
    with live() as platform:
        print_counts(platform, warmed(platform))


def warmed(platform: Live) -> list[Product]:
    """The products of the orders, after each function was invoked."""
    products = [new_product(platform.platform, price=1990 + n, name=f"Product {n}") for n in range(3)]
    for product in products:
        platform.staff.set_stock(product["productId"], ENOUGH)
    for _ in range(3):
        journey(platform, products)
    return products


# --- an order ---


def order(platform: Live, products: list[Product], token: str) -> str:
    answer = platform.shopper.create_order(lines(*((product, 1) for product in products)), token)
    if not answer["success"]:
        raise RuntimeError(f"createOrder refused: {answer['errors']}")
    return str(answer["order"]["orderId"])


def hold(shopper: Shopper, products: list[Product]) -> str:
    return shopper.hold(total_of(lines(*((product, 1) for product in products))))


def journey(platform: Live, products: list[Product]) -> float:
    """Milliseconds from createOrder to FULFILLED with the payment captured. Staff act as soon as they can.

    The progress is read from the tables, so that no function is invoked for the measurement.
    """
    token = hold(platform.shopper, products)
    start = time.perf_counter()
    order_id = order(platform, products, token)
    see = Tables(platform)
    see.wait("warehouse", order_id, "NEW")
    platform.staff.start_packaging(order_id)
    platform.staff.complete_packaging(order_id)
    see.wait("delivery", order_id, "NEW")
    platform.staff.start_delivery(order_id)
    platform.staff.complete_delivery(order_id)
    see.wait("orders", order_id, "FULFILLED")
    took = (time.perf_counter() - start) * 1000
    see.wait("orders", order_id, "CAPTURED", name="paymentStatus")
    return took


@dataclass(frozen=True)
class Tables:
    platform: Live

    def wait(self, service: str, order_id: str, value: str, name: str = "status") -> None:
        outside = self.platform.platform
        table = outside.parameter(f"{service}/table/name")
        client = outside.client("dynamodb")
        key = KEYS[service](order_id)

        def look() -> Any:
            item = client.get_item(TableName=table, Key=key).get("Item", {})
            return item.get(name, {}).get("S")

        poll(look, lambda seen: seen == value, seconds=60, what=f"{name} {value} of {order_id} in {service}")


KEYS: dict[str, Any] = {
    "orders": lambda order_id: {"orderId": {"S": order_id}},
    "delivery": lambda order_id: {"orderId": {"S": order_id}},
    "warehouse": lambda order_id: {"id": {"S": f"order#{order_id}"}},
}


# --- counts ---


def print_counts(platform: Live, products: list[Product]) -> None:
    begin = int(time.time() * 1000)
    with platform.platform.events(*(f"ecommerce.{name}" for name in SERVICES)) as caught:
        with Usage(platform.cloud) as usage:
            for _ in range(COUNTED):
                journey(platform, products)
            poll(lambda: quiet(usage), seconds=60, what="the end of all invocations")
        events = count_all(caught)
    functions = functions_of(usage, log_bytes_since(platform.cloud, begin))
    own = print_summary(usage, [one for one in functions if not is_besides(one.name)], events)
    mails = print_besides(usage, [one for one in functions if is_besides(one.name)])
    split = by_service(
        {one.name: lambda_units([one]) | {"log bytes": one.log_bytes / COUNTED} for one in functions},
        calls(usage),
        caught.seen,
        COUNTED,
        usage.total("appsync") / COUNTED,
    )
    today = datetime.now(UTC).date().isoformat()
    measured = Measured.of(own, mails, calls(usage), today, split)
    measured.write(MEASURED)
    print_operations(usage)
    print_functions(functions)
    print(f"\nThe counts are in {relative(MEASURED)}; `make scale MEASURED=1` takes them into docs/scale.md.")


SERVICES = ("orders", "warehouse", "delivery", "payment")


def is_other(function: str) -> bool:
    return function.startswith(OTHERS)


def is_besides(function: str) -> bool:
    return function.startswith(BESIDES)


# Longer than the pollers of queues wait between two reads, so that the last mail is counted.
QUIET_SECONDS = 3.0
_seen: dict[str, float] = {}
_since = [0.0]


def quiet(usage: Usage) -> bool:
    """Has no function been invoked for QUIET_SECONDS?"""
    usage.read()
    now = usage.by_caller(INVOKED, "invocations")
    if now != _seen:
        _seen.clear()
        _seen.update(now)
        _since[0] = time.monotonic()
    return time.monotonic() - _since[0] > QUIET_SECONDS


@dataclass(frozen=True)
class Function:
    """What one function used for all counted orders."""

    name: str
    invocations: float
    billed_ms: float
    processor_ms: float
    gb_seconds: float
    rounds: float
    log_bytes: int
    metric_bytes: int


def functions_of(usage: Usage, log_bytes: Mapping[str, tuple[int, int]]) -> list[Function]:
    def of(name: str, what: str) -> float:
        return usage.by_caller(INVOKED, what).get(name, 0.0)

    return [
        Function(
            name,
            invocations,
            of(name, "billed ms"),
            of(name, "processor ms"),
            of(name, "GB-seconds"),
            of(name, "rounds"),
            *log_bytes.get(name, (0, 0)),
        )
        for name, invocations in sorted(usage.by_caller(INVOKED, "invocations").items())
        if not is_other(name)
    ]


def count_all(caught: Any) -> int:
    before = -1
    while len(caught.seen) != before:
        before = len(caught.seen)
        caught.receive()
    return len(caught.seen)


def print_summary(usage: Usage, functions: Sequence[Function], events: int) -> dict[str, float]:
    names = ((row, row["caller"].removeprefix("ecommerce-local-")) for row in usage.rows)
    own = [row for row, name in names if not is_other(name) and not is_besides(name)]

    def per_order(
        service: str, what: str = "requests", *, operation: str = "", callers: str = "ecommerce-local-"
    ) -> float:
        rows = [row for row in own if (row["service"], row["what"]) == (service, what)]
        total: float = sum(r["amount"] for r in rows if operation in ("", r["operation"]) and callers in r["caller"])
        return total / COUNTED

    writes, reads = per_order("dynamodb", "write units"), per_order("dynamodb", "read units")
    invocations = sum(one.invocations for one in functions) / COUNTED
    processor_ms = sum(one.processor_ms for one in functions) / COUNTED
    log_bytes = sum(one.log_bytes for one in functions) / COUNTED
    metric_bytes = sum(one.metric_bytes for one in functions) / COUNTED
    rounds = sum(one.rounds for one in functions if one.name == "orders-graphql-create-order") / COUNTED
    rest = sum(
        row["amount"] for row in own if row["service"] == "apigateway" and ID.sub("{id}", row["operation"]) in SIGNED
    )
    rest /= COUNTED
    graphql = usage.total("appsync") / COUNTED
    deliveries = sum(row["amount"] for row in own if row["operation"] == "delivery") / COUNTED
    units = {
        "DynamoDB write units": writes,
        "DynamoDB read units": reads,
        **lambda_units(functions),
        "EventBridge events": events / COUNTED,
        "EventBridge deliveries": deliveries,
        "REST requests": rest,
        "AppSync operations": graphql,
        "log bytes": log_bytes,
    }
    cost = 1000 * sum(prices.of(units).values())
    print("| per order | ours | at most | |\n|---|---|---|---|")
    for name, value, target in [
        ("DynamoDB write units, indexes included", writes, 36),
        ("DynamoDB read units", reads, 8),
        ("Lambda invocations", invocations, 30),
        ("REST requests", rest, 5),
        ("AppSync operations, live updates included", graphql, 10),
        ("log bytes at INFO, without metrics", log_bytes - metric_bytes, 500),
        ("log bytes of metrics", metric_bytes, 1100),
        ("GB-s, the local cloud's own waiting included", units["Lambda GB-seconds"], 0.05),
        ("processor ms of all handlers", processor_ms, 80),
        ("rounds of calls on createOrder's path", rounds, 4),
        ("list price of 1,000 orders, $", cost, 0.091),
    ]:
        print(
            f"| {name} | {value:,.3g} | {target:g} | {verdict(value, target)} |"
            if value < 1000
            else f"| {name} | {value:,.0f} | {target:,} | {verdict(value, target)} |"
        )
    print(f"| EventBridge events; deliveries | {events / COUNTED:g}; {deliveries:g} | | |")
    return units


def lambda_units(functions: Sequence[Function]) -> dict[str, float]:
    return {
        "Lambda requests": sum(one.invocations for one in functions) / COUNTED,
        "Lambda GB-seconds": sum(one.gb_seconds for one in functions) / COUNTED,
        "Lambda seconds": sum(one.billed_ms for one in functions) / 1000 / COUNTED,
    }


def print_besides(usage: Usage, functions: Sequence[Function]) -> dict[str, float]:
    rows = [row for row in usage.rows if is_besides(row["caller"].removeprefix("ecommerce-local-"))]

    def per_order(what: str, operation: str = "") -> float:
        amounts = (row["amount"] for row in rows if row["what"] == what and operation in ("", row["operation"]))
        return float(sum(amounts)) / COUNTED

    invocations = sum(one.invocations for one in functions) / COUNTED
    log_bytes = sum(one.log_bytes for one in functions) / COUNTED
    deliveries, writes = per_order("requests", "delivery"), per_order("write units")
    print(
        f"\nBesides, e-mails to the shopper: {invocations:g} invocations, {deliveries:g} deliveries,"
        f" {writes:g} write units, {log_bytes:,.0f} log bytes an order."
    )
    return {
        "DynamoDB write units": writes,
        "DynamoDB read units": per_order("read units"),
        **lambda_units(functions),
        "EventBridge deliveries": deliveries,
        "log bytes": log_bytes,
    }


ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SIGNED = ("POST backend/validate", "POST backend/pricing", "POST backend/reserve", "GET backend/{id}")


def calls(usage: Usage) -> dict[tuple[str, str, str, str], float]:
    """(function or rule, AWS service, operation, what) -> amount per order."""
    table: defaultdict[tuple[str, str, str, str], float] = defaultdict(float)
    for row in usage.rows:
        name = row["caller"].removeprefix("ecommerce-local-")
        if name != row["caller"] and not is_other(name) and row["service"] != INVOKED:
            table[name, row["service"], ID.sub("{id}", row["operation"]), row["what"]] += row["amount"] / COUNTED
    return table


def print_operations(usage: Usage) -> None:
    """AWS requests of our functions and the capacity units of tables, by service and operation."""
    print("\n| function or rule | AWS service | operation | what | per order |\n|---|---|---|---|---|")
    for (name, service, operation, what), amount in sorted(calls(usage).items()):
        print(f"| {name} | {service} | {operation} | {what} | {amount:g} |")


def print_functions(functions: Sequence[Function]) -> None:
    print("\n| function | invocations per order | billed ms each | processor ms each | log bytes each |")
    print("|---|---|---|---|---|")
    for one in functions:
        each = [amount / one.invocations for amount in (one.billed_ms, one.processor_ms, one.log_bytes)]
        print(f"| {one.name} | {one.invocations / COUNTED:g} | {each[0]:.0f} | {each[1]:.1f} | {each[2]:.0f} |")


# --- times ---


def print_times(platform: Live, products: list[Product]) -> None:
    tokens = [hold(platform.shopper, products) for _ in range(2 * QUICK)]
    alone = [milliseconds(lambda token=token: order(platform, products, token)) for token in tokens[:QUICK]]  # type: ignore[misc]  # mypy knows no default of a lambda
    with ThreadPoolExecutor(AT_ONCE) as pool:
        crowd = list(pool.map(lambda token: milliseconds(lambda: order(platform, products, token)), tokens[QUICK:]))
    whole = [journey(platform, products) for _ in range(QUICK // 2)]
    start = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        finished = list(pool.map(lambda _: journey(platform, products), range(JOURNEYS)))
    rate = len(finished) / (time.perf_counter() - start)
    print("\n| warm, on this machine | p50 ms | p95 ms | target | |\n|---|---|---|---|---|")
    print(f"| createOrder, 1 client | {p50(alone):.0f} | {p95(alone):.0f} | 60 | {verdict(p50(alone), 60)} |")
    print(f"| createOrder, {AT_ONCE} clients | {p50(crowd):.0f} | {p95(crowd):.0f} | | |")
    print(f"| createOrder to FULFILLED | {p50(whole):.0f} | {p95(whole):.0f} | 190 | {verdict(p50(whole), 190)} |")
    enough = "met" if rate >= AT_ONCE else f"missed: {AT_ONCE}/s needed"
    done = f"{rate:.1f}/s, {len(finished)} of {JOURNEYS} finished"
    print(f"| {AT_ONCE} closed loops of journeys | {done} | | 8/s | {enough} |")

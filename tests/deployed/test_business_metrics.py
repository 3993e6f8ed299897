"""The business metrics equal what the tables say, after orders came to each end and every event was repeated."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom.dynamo import plain
from ecom_client.carts import Carts
from ecom_client.journey import ADDRESS, Product, Purchase, Shopper, Staff, lines, new_product, total_of
from ecom_client.made import made, new_id
from ecom_client.people import Person, temporary_user
from ecom_client.platform import CapturedEvents, Platform, send
from ecom_client.polling import poll
from ecom_client.returns import Returns
from ecom_testkit.counted import counted_and_taken_back

pytestmark = pytest.mark.deployed

PRICE = 1000
METRICS = {
    "orders": (
        "OrdersCreated", "OrdersFulfilled", "OrdersCancelled", "OrdersFailed", "OrderValue", "OrdersRefused",
    ),
    "payment": ("PaymentsCaptured", "PaymentsVoided", "PaymentsFailed", "AmountCaptured", "AmountRefunded"),
    "warehouse": ("StockOuts",),
    "delivery": ("DeliveriesCompleted", "DeliveriesFailed"),
    "returns": ("ReturnsRefunded",),
    "cart": ("CheckoutsCompleted",),
}  # fmt: skip
SOURCES = tuple(f"ecommerce.{name}" for name in ("orders", "payment", "warehouse", "delivery", "returns"))
EVENTS = {
    "OrderCreated", "OrderModified", "PackageCreated", "PackagingFailed", "PackagingCancelled", "StockChanged",
    "DeliveryStarted", "DeliveryCompleted", "DeliveryFailed", "PaymentCaptured", "PaymentVoided", "PaymentFailed",
    "PaymentRefunded", "ReturnRequested", "ReturnApproved", "ReturnReceived", "ReturnRefunded",
}  # fmt: skip
ENDS = {
    "orders": {
        "FULFILLED": "OrdersFulfilled",
        "CANCELLED": "OrdersCancelled",
        "PACKAGING_FAILED": "OrdersFailed",
        "DELIVERY_FAILED": "OrdersFailed",
    },
    "payment": {"CAPTURED": "PaymentsCaptured", "VOIDED": "PaymentsVoided", "FAILED": "PaymentsFailed"},
    "delivery": {"COMPLETED": "DeliveriesCompleted", "FAILED": "DeliveriesFailed"},
    "returns": {"REFUNDED": "ReturnsRefunded"},
}
UNITS = 2
QUIET = 5  # equal readings in a row, half a second apart
REPEATS = 5

Rows = Mapping[str, Mapping[str, Mapping[str, Any]]]


def rows(platform: Platform) -> Rows:
    """The rows of the tables by their key."""
    client, found = platform.client("dynamodb"), {}
    for service, path, key in (
        ("orders", "orders/table/name", "orderId"),
        ("payment", "payment/table/name", "orderId"),
        ("warehouse", "warehouse/table/name", "id"),
        ("delivery", "delivery/table/name", "orderId"),
        ("returns", "returns/table/name", "id"),
        ("checkouts", "cart/checkouts-table/name", "orderId"),
    ):
        pages = client.get_paginator("scan").paginate(TableName=platform.parameter(path), ConsistentRead=True)
        items = [plain(item) for page in pages for item in page["Items"]]
        found[service] = {str(item[key]): item for item in items}
    return found


def truth(before: Rows, after: Rows) -> Counter[str]:
    """What became true between two readings of the tables. OrdersRefused is in no table."""
    counts: Counter[str] = Counter()

    def changes(service: str) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
        return [(before[service].get(key, {}), row) for key, row in after[service].items()]

    for service, ends in ENDS.items():
        for old, new in changes(service):
            if new.get("status") != old.get("status") and new.get("status") in ends:
                counts[ends[new["status"]]] += 1
    for old, new in changes("orders"):
        if not old:
            counts["OrdersCreated"] += 1
            counts["OrderValue"] += ordered(new)
    for old, new in changes("payment"):
        if new.get("status") == "CAPTURED" != old.get("status"):
            counts["AmountCaptured"] += new["amount"]
        counts["AmountRefunded"] += new.get("refunded", 0) - old.get("refunded", 0)
    for _, new in changes("warehouse"):
        # These products begin with units and get no new ones.
        counts["StockOuts"] += new["id"].startswith("stock#") and new["available"] == 0
    for old, new in changes("checkouts"):
        counts["CheckoutsCompleted"] += "settledDate" in new and "settledDate" not in old
    return counts


def ordered(order: Mapping[str, Any]) -> int:
    """What the order was worth when it was created. Its total falls when less is packaged."""
    return PRICE * UNITS + int(order["deliveryPrice"])


@dataclass
class Metrics:
    """What CloudWatch has added up since a minute."""

    platform: Platform
    since: datetime
    before: Counter[str] = field(default_factory=Counter)

    def sums(self) -> Counter[str]:
        names = [(service, name) for service, metrics in METRICS.items() for name in metrics]
        queries: list[Any] = [
            {
                "Id": f"m{place}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "Ecommerce",
                        "MetricName": name,
                        "Dimensions": [
                            {"Name": "environment", "Value": self.platform.environment},
                            {"Name": "service", "Value": service},
                        ],
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for place, (service, name) in enumerate(names)
        ]
        answer = self.platform.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries, StartTime=self.since, EndTime=datetime.now(UTC) + timedelta(minutes=1)
        )
        found = {result["Id"]: sum(result["Values"]) for result in answer["MetricDataResults"]}
        return Counter({name: int(found[f"m{place}"]) for place, (_, name) in enumerate(names)})

    def since_then(self) -> Counter[str]:
        return Counter({name: value - self.before[name] for name, value in self.sums().items()})


def quiet(look: Callable[[], Any]) -> Any:
    """What is seen once several readings in a row are equal."""
    seen: list[Any] = []

    def settled() -> bool:
        seen.append(look())
        return len(seen) >= QUIET and all(each == seen[-1] for each in seen[-QUIET:])

    poll(settled, seconds=120, what="a quiet platform")
    return seen[-1]


class Story:
    """Orders of one shopper that come to each end."""

    def __init__(self, platform: Platform, person: Person, admin: Person) -> None:
        self.platform = platform
        self.buyer, self.staff = Shopper(platform, person), Staff(platform, admin)
        self.product_ids: set[str] = set()

    def product(self, stock: int) -> Product:
        product = new_product(self.platform, price=PRICE)
        self.staff.set_stock(product["productId"], stock)
        self.product_ids.add(product["productId"])
        return product

    def buy(self, stock: int = 10) -> Purchase:
        return self.buyer.buy(lines((self.product(stock), UNITS)))

    def fulfilled(self) -> Purchase:
        order = self.buy(stock=UNITS)  # the last units
        self.staff.pack(order["orderId"])
        self.staff.deliver(order["orderId"])
        self.buyer.wait_for(order["orderId"], status="FULFILLED", paymentStatus="CAPTURED")
        return order

    def refunded_and_returned(self) -> None:
        order = self.fulfilled()
        self.staff.refund(order["orderId"], 300, new_id()[:40])
        product_id = order["products"][0]["productId"]
        mine, shop = Returns(self.buyer), Returns(self.staff)
        sent = mine.request(order["orderId"], [{"productId": product_id, "quantity": 1}], new_id()[:43])
        shop.approve(sent["returnId"])
        shop.receive(sent["returnId"], [{"productId": product_id, "quantity": 1, "condition": "SCRAP"}])
        mine.wait_for(sent["returnId"], "REFUNDED")

    def nothing_packaged(self) -> None:
        order = self.buy()
        order_id = order["orderId"]
        poll(lambda: self.staff.packaging(order_id), what="packaging request")
        self.staff.start_packaging(order_id)
        self.staff.pack_only(order_id, order["products"][0]["productId"], 0)
        self.staff.complete_packaging(order_id)
        self.buyer.wait_for(order_id, status="PACKAGING_FAILED", paymentStatus="VOIDED")

    def not_delivered(self) -> None:
        order_id = self.buy()["orderId"]
        self.staff.pack(order_id)
        poll(lambda: self.staff.delivery(order_id), what="delivery")
        self.staff.start_delivery(order_id)
        self.staff.fail_delivery(order_id)
        self.buyer.wait_for(order_id, status="DELIVERY_FAILED", paymentStatus="VOIDED")

    def not_paid(self) -> None:
        order = self.buy()
        arn = self.platform.parameter("payment-3p/secret/arn")
        secret = self.platform.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        url = self.platform.parameter("payment-3p/api/url")
        body, headers = {"paymentToken": order["paymentToken"]}, {"Authorization": f"Bearer {secret}"}
        assert send("POST", f"{url}/cancelPayment", body, headers).body == {"ok": True}
        self.staff.pack(order["orderId"])
        self.staff.deliver(order["orderId"])
        self.buyer.wait_for(order["orderId"], status="FULFILLED", paymentStatus="FAILED")

    def checked_out_and_cancelled(self) -> None:
        product, carts = self.product(10), Carts(self.buyer)
        line = lines((product, UNITS))
        carts.put(product["productId"], UNITS)
        delivery = self.buyer.delivery_price(line)
        answer = carts.check_out({"address": ADDRESS, "paymentToken": self.buyer.hold(total_of(line, delivery))})
        assert "order" in answer.body, answer.body
        order_id = made(str(answer.body["order"]["orderId"]))
        poll(carts.read, lambda cart: not cart["lines"], what="an empty cart")
        self.buyer.cancel(order_id)
        self.buyer.wait_for(order_id, status="CANCELLED", paymentStatus="VOIDED")

    def refused(self) -> None:
        wanted = [{**line, "price": PRICE - 1} for line in lines((self.product(10), 1))]
        for _ in range(2):
            answer = self.buyer.create_order(wanted, self.buyer.hold(total_of(wanted)))
            assert [problem["code"] for problem in answer["problems"]] == ["PRICE_CHANGED"]


def repeat(platform: Platform, caught: CapturedEvents, names: set[str]) -> Counter[str]:
    """Put every event about these orders and products on the bus again. Return how many there were of each type."""
    quiet(lambda: len(caught.receive()))
    events = [event for event in caught.seen if any(name in json.dumps(event) for name in names)]
    platform.put_events(events * REPEATS)
    return Counter(event["detail-type"] for event in events)


def test_metrics_equal_the_tables_however_often_events_are_repeated(platform_outside: Platform, admin: Person) -> None:
    began = datetime.now(UTC)
    metrics = Metrics(platform_outside, began.replace(second=0, microsecond=0))
    metrics.before = quiet(metrics.sums)
    before = rows(platform_outside)
    with ExitStack() as stack:
        person = stack.enter_context(temporary_user(platform_outside))
        made(person.user_id)
        story = Story(platform_outside, person, admin)
        caught = stack.enter_context(platform_outside.events(*SOURCES))
        stack.enter_context(counted_and_taken_back(platform_outside, "PaymentFailed", "payment", began))
        story.refunded_and_returned()
        story.checked_out_and_cancelled()
        story.nothing_packaged()
        story.not_delivered()
        story.not_paid()
        story.refused()
        order_ids = set(rows(platform_outside)["orders"]) - set(before["orders"])
        repeated = repeat(platform_outside, caught, order_ids | story.product_ids)
        assert set(repeated) >= EVENTS, f"not repeated: {EVENTS - set(repeated)}"
        story.fulfilled()  # the repeated events are before its events in the same queues
        expected = truth(before, rows(platform_outside)) + Counter(OrdersRefused=2)
        assert set(expected) == {name for names in METRICS.values() for name in names}, "each metric is counted"
        lag = 60 if platform_outside.endpoint else 300
        poll(metrics.since_then, lambda counted: counted == expected, lag, what=f"metrics {dict(expected)}")
        assert quiet(metrics.since_then) == expected == truth(before, rows(platform_outside)) + Counter(OrdersRefused=2)

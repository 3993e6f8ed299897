"""The payments of orders from outside: events in; the provider's ledger and payment events out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import pytest

from ecom.dynamo import plain, typed
from ecom_client.journey import Provider
from ecom_client.made import made, new_id
from ecom_client.platform import CapturedEvents, Platform, send
from ecom_client.polling import poll
from ecom_testkit.counted import counted_and_taken_back
from ecom_testkit.dead_letters import dead_letters_about

pytestmark = pytest.mark.deployed
HELD, TOTAL = 3000, 2500
Event = dict[str, Any]


@pytest.fixture(scope="module")
def caught(platform_outside: Platform) -> Iterator[CapturedEvents]:
    with platform_outside.events("ecommerce.payment") as caught:
        yield caught


@dataclass(frozen=True)
class Case:
    """An order of this test and its hold."""

    platform: Platform
    caught: CapturedEvents
    order_id: str
    token: str

    def order(self, **changes: Any) -> dict[str, Any]:
        return {
            "orderId": self.order_id,
            "paymentToken": self.token,
            "products": [{"productId": "kettle", "quantity": 1}],
            "total": HELD,
            **changes,
        }

    def event(self, service: str, detail_type: str, detail: Any = None) -> Event:
        return {
            "source": f"ecommerce.{service}",
            "detail-type": detail_type,
            "resources": [self.order_id],
            "detail": detail or {"orderId": self.order_id},
        }

    @property
    def created(self) -> Event:
        return self.event("orders", "OrderCreated", self.order())

    @property
    def packaged(self) -> Event:
        new = self.order(total=TOTAL, packagedDate="2026-03-01T10:00:00.000Z")
        detail = {"old": self.order(), "new": new, "changed": ["packagedDate", "total"]}
        return self.event("orders", "OrderModified", detail)

    @property
    def delivered(self) -> Event:
        return self.event("delivery", "DeliveryCompleted")

    def send(self, *events: Event) -> None:
        self.platform.put_events(events)

    def ledger(self) -> dict[str, Any]:
        payment = Provider(self.platform).payment(self.token)
        return {name: payment[name] for name in ("status", "authorised", "captured")}

    def row(self) -> dict[str, Any] | None:
        answer = self.platform.client("dynamodb").get_item(
            TableName=self.platform.parameter("payment/table/name"), Key=typed({"orderId": self.order_id})
        )
        return plain(answer["Item"]) if "Item" in answer else None

    def put_row(self, **more: Any) -> None:
        item = {"orderId": self.order_id, "paymentToken": self.token, **more}
        table = self.platform.parameter("payment/table/name")
        self.platform.client("dynamodb").put_item(TableName=table, Item=typed(item))

    def wait_for_end(self, detail_type: str, amount: int) -> None:
        event = self.caught.wait_for(self.order_id, detail_type)
        metadata = event["detail"].pop("metadata")
        currency = self.platform.parameter("platform/currency")
        assert event["detail"] == {"orderId": self.order_id, "amount": amount, "currency": currency}
        assert metadata["sequence"] == 1

    def events(self) -> list[str]:
        return [event["detail-type"] for event in self.caught.about(self.order_id)]


@pytest.fixture
def case(platform_outside: Platform, caught: CapturedEvents) -> Case:
    return new_case(platform_outside, caught)


def new_case(platform: Platform, caught: CapturedEvents) -> Case:
    url = platform.parameter("payment-3p/api/url")
    answer = send("POST", f"{url}/preauth", {"cardNumber": "4242424242424242", "amount": HELD})
    return Case(platform, caught, new_id(), made(str(answer.body["paymentToken"])))


def test_the_hold_is_lowered_when_packaged_and_captured_when_delivered(case: Case) -> None:
    case.send(case.created)
    poll(case.row, what="the payment's row")
    assert case.ledger() == {"status": "HELD", "authorised": HELD, "captured": 0}
    case.send(case.packaged)
    poll(case.ledger, lambda entry: entry["authorised"] == TOTAL, what="a lowered hold")
    assert case.events() == []
    case.send(case.delivered)
    case.wait_for_end("PaymentCaptured", TOTAL)
    assert case.ledger() == {"status": "CAPTURED", "authorised": TOTAL, "captured": TOTAL}
    before = case.row()
    case.send(*[case.delivered, case.packaged, case.created] * 3, case.event("delivery", "DeliveryFailed"))
    marker = new_case(case.platform, case.caught)
    marker.put_row()
    marker.send(marker.delivered)
    marker.wait_for_end("PaymentCaptured", HELD)
    assert case.row() == before
    assert case.events() == ["PaymentCaptured"]


def test_events_in_any_order_and_twice_have_the_same_end(platform_outside: Platform, caught: CapturedEvents) -> None:
    cases = []
    for places in permutations(range(3)):
        case = new_case(platform_outside, caught)
        events = [case.created, case.packaged, case.delivered]
        case.send(*(events[place] for place in places), *events)
        cases.append(case)
    for case in cases:
        case.wait_for_end("PaymentCaptured", TOTAL)
        assert case.ledger() == {"status": "CAPTURED", "authorised": TOTAL, "captured": TOTAL}


@pytest.mark.parametrize(
    ("service", "detail_type"),
    [
        ("orders", "OrderDeleted"),
        ("warehouse", "PackagingFailed"),
        ("warehouse", "PackagingCancelled"),
        ("delivery", "DeliveryFailed"),
    ],
)
def test_the_hold_of_an_order_that_ended_is_voided(case: Case, service: str, detail_type: str) -> None:
    end = case.event(service, detail_type)
    case.send(*([end, case.created] if detail_type.startswith("Packaging") else [case.created, end]))
    case.wait_for_end("PaymentVoided", HELD)
    assert case.ledger() == {"status": "CANCELLED", "authorised": HELD, "captured": 0}


def test_a_row_written_manually_is_captured_on_delivery_alone(case: Case) -> None:
    case.put_row()
    case.send(case.delivered)
    case.wait_for_end("PaymentCaptured", HELD)
    assert case.ledger()["captured"] == HELD


def test_a_lower_total_lowers_the_hold(case: Case) -> None:
    case.put_row()
    detail = {"old": case.order(), "new": case.order(total=2900), "changed": ["total"]}
    case.send(case.event("orders", "OrderModified", detail))
    poll(case.ledger, lambda entry: entry["authorised"] == 2900, what="a lowered hold")


def test_a_declined_capture_fails(case: Case) -> None:
    secret = case.platform.client("secretsmanager").get_secret_value(
        SecretId=case.platform.parameter("payment-3p/secret/arn")
    )["SecretString"]
    url = case.platform.parameter("payment-3p/api/url")
    headers = {"Authorization": f"Bearer {secret}"}
    assert send("POST", f"{url}/cancelPayment", {"paymentToken": case.token}, headers).body == {"ok": True}
    with counted_and_taken_back(case.platform, "PaymentFailed", "payment", datetime.now(UTC)):
        case.send(case.created, case.packaged, case.delivered)
        case.wait_for_end("PaymentFailed", TOTAL)


def test_events_of_an_unknown_order_create_no_row(case: Case) -> None:
    others: Sequence[tuple[str, str]] = [("orders", "OrderDeleted"), ("warehouse", "PackagingFailed")]
    case.send(case.delivered, *(case.event(*other) for other in others))
    marker = new_case(case.platform, case.caught)
    marker.put_row()
    marker.send(marker.delivered)
    marker.wait_for_end("PaymentCaptured", HELD)
    assert case.row() is None


def test_a_malformed_event_is_a_dead_letter_with_its_reason(case: Case) -> None:
    case.send(case.event("orders", "OrderCreated", {"orderId": case.order_id}))
    dead_letters = poll(lambda: dead_letters_about(case.platform, case.order_id), what="a dead letter")
    assert any("must contain" in dead_letter.reason for dead_letter in dead_letters)
    assert case.row() is None

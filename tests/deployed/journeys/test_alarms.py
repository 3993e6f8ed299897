"""A planted fault raises the alarm that names it, and the alarms that follow it; they end when the fault is gone."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from ecom_client.journey import Provider, Shopper, lines, new_product
from ecom_client.made import new_id
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letter_queues
from tools.operate.alarms import ALARM, OK, Alarm, alarms_of

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it breaks what other tests need")]

PLATFORM = "monitoring-platform-needs-attention"
# CloudWatch ends an alarm on missing data after some periods.
SECONDS = 300


def alarms(platform: Platform) -> dict[str, Alarm]:
    start = f"ecommerce-{platform.environment}-"
    found = alarms_of(platform.client("cloudwatch"), platform.environment)
    return {alarm.name.removeprefix(start): alarm for alarm in found}


@contextmanager
def goes_to_alarm(platform: Platform, service: str, alarm: str, again: Callable[[], object]) -> Iterator[None]:
    """The block plants the fault, and `again` lets it show until the alarm is in ALARM. After the block they end."""
    names = (f"{service}-{alarm}", f"{service}-needs-attention", PLATFORM)

    def states() -> list[str]:
        known = alarms(platform)
        return [known[name].state for name in names]

    def planted() -> list[str]:
        again()
        return states()

    yield
    poll(planted, lambda seen: seen == [ALARM] * 3, seconds=SECONDS, what=f"{names} in ALARM")
    described = alarms(platform)[names[0]]
    assert f"`ENVIRONMENT={platform.environment} make " in described.do
    assert described.reason.startswith("Threshold Crossed")


def ends(platform: Platform, service: str, alarm: str) -> None:
    """The alarm ends. Those that follow it end with it, unless another alarm of theirs is on."""
    name = f"{service}-{alarm}"

    def have_ended(known: dict[str, Alarm]) -> bool:
        if known[name].state != OK:
            return False
        for parent, children in ((f"{service}-needs-attention", f"{service}-"), (PLATFORM, "")):
            others = [
                each
                for each, found in known.items()
                if each.startswith(children) and found.state == ALARM and not found.composite
            ]
            if not others and known[parent].state != OK:
                return False
        return True

    poll(lambda: alarms(platform), have_ended, seconds=SECONDS, what=f"{name} and what follows it back to OK")


def test_planted_faults_ring_and_end(platform_outside: Platform, buyer: Shopper, provider: Provider) -> None:
    """All at once, since each waits for minutes until CloudWatch sees that its fault is gone."""
    with ThreadPoolExecutor(3) as pool:
        faults = [
            pool.submit(broken_function, platform_outside),
            pool.submit(dead_letter, platform_outside),
            pool.submit(open_circuit_breaker, platform_outside, buyer, provider),
        ]
    for fault in faults:
        fault.result()


def broken_function(platform: Platform) -> None:
    """Its invocations raise. The alarm names the function and its log."""
    client = platform.client("lambda")
    name = f"ecommerce-{platform.environment}-warehouse-rest-get-due"

    def fail() -> None:
        answer = client.invoke(FunctionName=name, Qualifier="live", Payload=b"[]")
        assert answer["FunctionError"] == "Unhandled"

    with goes_to_alarm(platform, "warehouse", "rest-get-due-errors", fail):
        fail()
    found = alarms(platform)["warehouse-rest-get-due-errors"]
    assert "make logs SERVICE=warehouse FUNCTION=rest-get-due" in found.do
    ends(platform, "warehouse", "rest-get-due-errors")


def dead_letter(platform: Platform) -> None:
    sqs = platform.client("sqs")
    (url,) = (each for each in dead_letter_queues(platform) if "-delivery-DeadLetters" in each)
    body = json.dumps({"detail-type": "PackageCreated", "detail": {"orderId": new_id()}})
    with goes_to_alarm(platform, "delivery", "dead-letters", lambda: None):
        sqs.send_message(QueueUrl=url, MessageBody=body)

    def taken() -> bool:
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=1).get(
            "Messages", []
        ):
            if message["Body"] == body:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                return True
        return False

    poll(taken, bool, seconds=30, what="the dead letter")
    ends(platform, "delivery", "dead-letters")


def open_circuit_breaker(platform: Platform, buyer: Shopper, provider: Provider) -> None:
    """The provider fails to release the money of three cancelled orders: payment stops calling it for a while. When it
    answers again, the money is released."""
    product = new_product(platform, price=1000)
    orders = [buyer.buy(lines((product, 1))) for _ in range(3)]
    for order in orders:
        provider.script("ERROR", order["paymentToken"], operations=["cancelPayment"], seconds=SECONDS)
    try:
        with goes_to_alarm(platform, "payment", "provider-is-not-called", lambda: None):
            for order in orders:
                buyer.cancel(order["orderId"])
    finally:
        for order in orders:
            provider.script("NONE", order["paymentToken"], operations=["cancelPayment"])
    for order in orders:
        buyer.wait_for(order["orderId"], 120, status="CANCELLED", paymentStatus="VOIDED")
    ends(platform, "payment", "provider-is-not-called")

"""Log lines of a function, a service or a queue."""

import time

import pytest

from tools.local.client import Cloud
from tools.local.console.plane import API
from tools.local_platform.console.logs import MOST, named
from tools.tests.local.http import call

FUNCTIONS = ("delivery-on-event", "delivery-pricing-rest-pricing", "payment-on-event", "payment-on-table-change")
SERVICES = ("delivery", "delivery-pricing", "payment", "users")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("payment", ["payment-on-event", "payment-on-table-change"]),
        ("payment-on-event", ["payment-on-event"]),
        ("payment-events", ["payment-on-event", "payment-on-table-change"]),
        ("delivery", ["delivery-on-event"]),
        ("delivery-pricing-queue", ["delivery-pricing-rest-pricing"]),
        ("users", []),
        ("other-queue", []),
        ("", []),
    ],
)
def test_whose_logs(name: str, found: list[str]) -> None:
    assert named(name, FUNCTIONS, SERVICES) == found


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> str:
    """A function with lines of two invocations, of which one mentions an order."""
    logs = cloud.client("logs")
    group = "/aws/lambda/ecommerce-local-payment-test"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    now = int(time.time() * 1000)
    texts = ["START RequestId: a", "about order-1", "more of a", "END RequestId: a", "START RequestId: b", "about b"]
    events = [{"timestamp": now + place, "message": text} for place, text in enumerate(texts)]
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)
    return "payment-test"


def texts(cloud: Cloud, path: str) -> list[str]:
    answer = call(f"{cloud.endpoint}{API}/logs/{path}")
    assert answer.status == 200, answer.body
    return [line["text"] for line in answer.json["lines"]]


def test_the_invocations_that_mention_a_text(cloud: Cloud, function: str) -> None:
    assert texts(cloud, function) == ["about order-1", "more of a", "about b"]
    assert texts(cloud, f"{function}?about=order-1") == ["about order-1", "more of a"]
    assert texts(cloud, "payment?about=order-1&all=1")[0] == "START RequestId: a"
    assert texts(cloud, f"{function}?since=2999-01-01T00:00:00Z") == []


@pytest.mark.parametrize("since", ["x", "", "2026-01-01", "2026-01-01T00:00:00"])
def test_a_time_that_is_none(cloud: Cloud, function: str, since: str) -> None:
    assert call(f"{cloud.endpoint}{API}/logs/{function}?since={since}").status == (400 if since else 200)


def test_a_name_that_has_no_function(cloud: Cloud) -> None:
    answer = call(f"{cloud.endpoint}{API}/logs/nothing")
    assert (answer.status, answer.message) == (404, "no function of nothing is deployed")


def test_the_newest_lines_only(cloud: Cloud) -> None:
    logs = cloud.client("logs")
    group = "/aws/lambda/ecommerce-local-payment-chatty"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": f"line {number}"} for number in range(MOST + 1)]
    logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)
    answer = call(f"{cloud.endpoint}{API}/logs/payment-chatty").json
    assert answer["more"] is True
    assert [line["text"] for line in answer["lines"]] == [f"line {number}" for number in range(1, MOST + 1)]

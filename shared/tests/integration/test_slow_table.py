"""A table that does not answer is a typed answer before the function's time limit."""

import socket
import time
from collections.abc import Iterator

import pytest

from ecom import aws, deadline, graphql, rest
from ecom.deadline import DeadlinePassed
from ecom.dynamo import Table
from ecom_client.polling import poll
from ecom_testkit.lambda_events import LambdaContext, field_event, rest_event


@pytest.fixture
def silent_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """A DynamoDB that accepts connections and never answers."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = aws.dynamodb.__wrapped__(f"http://127.0.0.1:{server.getsockname()[1]}")
        yield Table(client, "orders")
        client.close()


def test_a_graphql_field_is_try_again(silent_table: Table) -> None:
    begun = time.monotonic()
    answer = graphql.resolve(
        field_event("getOrder"),
        {"getOrder": lambda _: silent_table.get({"orderId": "1"})},
        LambdaContext(remaining_ms=6_000),
    )
    assert answer["error"]["type"] == "TRY_AGAIN"
    assert time.monotonic() - begun < 6


def test_a_rest_call_is_503(silent_table: Table) -> None:
    begun = time.monotonic()
    read = rest.handler(lambda *_: rest.respond(200, silent_table.get({"orderId": "1"})))
    answer = read(rest_event("POST", "/backend/reserve", {}), LambdaContext(remaining_ms=6_000))
    assert answer["statusCode"] == 503
    assert time.monotonic() - begun < 6


def test_nothing_is_written_after_the_caller_has_stopped_waiting(silent_table: Table) -> None:
    begun = time.monotonic()
    soon = str(round(1000 * (time.time() + 0.2)))
    with deadline.request(LambdaContext(), {"x-deadline": soon}):
        poll(deadline.left, until=lambda left: left == 0)
        with pytest.raises(DeadlinePassed):
            silent_table.put({"orderId": "1"})
    assert time.monotonic() - begun < 2, "the request was sent"


def test_both_attempts_and_the_wait_end_before_the_shortest_time_limit() -> None:
    longest = aws.DYNAMODB_ATTEMPTS * aws.DYNAMODB_ATTEMPT_SECONDS + aws.LONGEST_WAIT_SECONDS
    assert longest < 10

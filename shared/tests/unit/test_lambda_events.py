"""`ecom` reads the events that tests build as it reads those of AWS."""

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import boto3
import pytest

from ecom.events import parse
from ecom.graphql import field_of
from ecom.message_queue import parse_message
from ecom.rest import body_of
from ecom.schemas import Schemas
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import (
    NOON,
    LambdaContext,
    bus_event,
    field_event,
    person,
    queue_record,
    records,
    rest_event,
    stream_record,
    trigger_event,
)

USER_EVENTS = Path(__file__).parents[3] / "users" / "events"
DETAIL = {"userId": "user-1", "email": "shopper@example.com"}


def test_a_bus_event_can_be_parsed() -> None:
    event = parse(bus_event("ecommerce.users", "UserCreated", DETAIL, resources=["user-1"]), Schemas(USER_EVENTS))
    assert (event.source, event.resources, dict(event.detail), event.time) == (
        "ecommerce.users", ("user-1",), DETAIL, NOON,
    )  # fmt: skip


def test_times_are_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    assert bus_event("s", "T", {}, time=there)["time"] == "2026-03-01T12:00:00Z"
    with pytest.raises(ValueError, match="without a zone"):
        bus_event("s", "T", {}, time=datetime(2026, 3, 1))  # noqa: DTZ001 - that is the point


def test_an_event_is_a_copy() -> None:
    detail: dict[str, Any] = {"products": []}
    bus_event("s", "T", detail)["detail"]["products"].append("changed")
    field_event("f", detail)["arguments"]["products"].append("changed")
    assert detail == {"products": []}


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (None, {"id": "1", "n": 2}, "INSERT"),
        ({"id": "1"}, {"id": "1", "n": 2}, "MODIFY"),
        ({"id": "1"}, None, "REMOVE"),
    ],
)
def test_a_stream_record(old: Any, new: Any, name: str) -> None:
    record = stream_record({"id": "1"}, old, new)
    change = read_change(record, "ecommerce.orders")
    assert (record["eventName"], change.keys, change.old, change.new) == (name, {"id": "1"}, old, new)


def test_a_stream_record_without_images_is_refused() -> None:
    with pytest.raises(ValueError, match="an old image, a new one, or both"):
        stream_record({"id": "1"})


def test_records_differ_by_number() -> None:
    first, second = (stream_record({"id": "1"}, new={"id": "1"}, number=number) for number in (1, 2))
    assert first["eventID"] != second["eventID"]
    assert int(first["dynamodb"]["SequenceNumber"]) < int(second["dynamodb"]["SequenceNumber"])
    assert records(first, second)["Records"] == [first, second]


def test_a_rest_call() -> None:
    event = rest_event("POST", "/backend/validate", {"products": []})
    assert body_of(event) == {"products": []}
    assert rest_event("GET", "/backend/1", parameters={"orderId": "1"})["pathParameters"] == {"orderId": "1"}


def test_a_field_with_and_without_a_caller() -> None:
    field = field_of(field_event("getOrder", {"orderId": "1"}, person("user-2", "admin")))
    assert (field.name, field.arguments, field.user_id, field.groups) == (
        "getOrder", {"orderId": "1"}, "user-2", frozenset({"admin"}),
    )  # fmt: skip
    anybody = field_of(field_event("getProducts"))
    assert (anybody.user_id, anybody.groups) == (None, frozenset())


def test_a_queued_message() -> None:
    message = parse_message(queue_record({"a": 1}, received=3))
    assert (message.id, message.body, message.sent_at, message.receive_count) == ("message-1", {"a": 1}, NOON, 3)


def test_a_trigger() -> None:
    event = trigger_event("PreSignUp_SignUp", "user-9", autoConfirmUser=False)
    assert event["request"]["userAttributes"]["sub"] == event["userName"] == "user-9"
    assert event["response"] == {"autoConfirmUser": False}


def test_a_context(lambda_context: LambdaContext) -> None:
    assert lambda_context.invoked_function_arn.endswith(":function:function-under-test:live")
    assert lambda_context.get_remaining_time_in_millis() == 10_000


def test_no_test_finds_real_credentials(fake_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    session = boto3.Session()
    found = session.get_credentials()
    assert found is not None
    assert (found.access_key, session.region_name) == ("testing", "us-east-1")
    assert session.client("sqs").meta.endpoint_url.endswith(".amazonaws.com")

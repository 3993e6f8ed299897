"""`make timeline`: rows, log lines and dead letters as steps, in order, as text and as JSON."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from ecom import row_history
from ecom.stored_orders import short
from ecom.times import timestamp
from tools.local.aws.logs.filter_pattern import matcher
from tools.operate.log_lines import Line
from tools.operate.redrive.dead_letter import DeadLetter, ToQueue
from tools.operate.timeline import returns, rows
from tools.operate.timeline.failures import patterns_of, step_of_dead_letter, step_of_line
from tools.operate.timeline.sources import Timeline, timeline_of
from tools.operate.timeline.steps import Kind, Step, folded, in_order
from tools.operate.timeline.story import document_of, text_of
from tools.project.aws import Target
from tools.project.problems import Problem
from tools.project.services import discover

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def a_history(*entries: tuple[float, str, str]) -> list[str]:
    return [row_history.entry(after(seconds), status, trace) for seconds, status, trace in entries]


def test_the_steps_of_an_order_are_those_of_its_history() -> None:
    item = short(
        {
            "orderId": "order-1",
            "createdDate": timestamp(NOON),
            "currency": "EUR",
            "total": 4490,
            "products": [{"productId": "kettle", "quantity": 2}, {"productId": "cup", "quantity": 1}],
            "history": [
                {"at": timestamp(NOON), "status": "NEW", "cause": "createOrder"},
                {"at": timestamp(after(5)), "status": "CANCELLED", "cause": "cancelOrder"},
            ],
        }
    )
    first, second = rows.of_order(item)
    assert (first.at, first.what, first.event) == (
        NOON,
        "the order is accepted: 2 x kettle, 1 x cup, 44.90 EUR in all",
        "OrderCreated",
    )
    assert (second.at, second.cause, second.function) == (after(5), "cancelOrder", "orders-graphql-cancel-order")


def test_steps_of_goods_have_the_reserved_and_the_packed_units() -> None:
    item = {
        "status": "COMPLETED",
        "lines": [
            {"productId": "kettle", "quantity": 2, "packaged": 1},
            {"productId": "cup", "quantity": 1, "packaged": 0},
        ],
        "history": a_history((0, "HELD", "request-1"), (60, "COMPLETED", "request-2")),
    }
    held, packed = rows.of_request(item)
    assert (held.what, held.trace) == ("2 x kettle, 1 x cup reserved", "request-1")
    assert (packed.what, packed.event, packed.at) == ("1 x kettle packed", "PackageCreated", after(60))


def test_a_row_without_history_has_one_step_its_last_change() -> None:
    item = {"status": "COMPLETED", "since": timestamp(after(9)), "correlationId": "request-9"}
    (step,) = rows.of_delivery(item)
    assert (step.at, step.status, step.trace) == (after(9), "COMPLETED", "request-9")


@pytest.mark.parametrize("history", [None, 7, "x", [7], ["no entry"]])
def test_what_cannot_be_read_of_a_manual_row_has_no_step(history: object) -> None:
    item = {"history": history, "lines": "x", "status": 7, "products": [7], "createdDate": 7, "since": 7, "call": 7}
    assert list(rows.of_order(item)) == []
    assert list(rows.of_request(item)) == []
    assert list(rows.of_delivery(item)) == []
    assert list(rows.of_payment(item, "")) == []
    assert rows.of_mail(item).at is None


def test_steps_of_money_go_from_the_hold_to_the_refund() -> None:
    item = {
        "amount": 2000,
        "refunded": 500,
        "refundedDate": timestamp(after(90)),
        "history": a_history((1, "HELD", "event-1"), (60, "CAPTURED", "event-2")),
    }
    held, captured, back = rows.of_payment(item, "EUR")
    assert (held.what, held.event) == ("payment stored the hold of the order", "")
    assert (captured.what, captured.at, captured.event) == ("20.00 EUR were captured", after(60), "PaymentCaptured")
    assert (back.what, back.at, back.event) == ("5.00 EUR were paid back so far", after(90), "PaymentRefunded")


def test_a_call_without_an_answer_is_what_comes_next() -> None:
    (step,) = rows.of_payment({"call": {"action": "CAPTURE", "key": "k"}}, "EUR")
    assert (step.kind, step.at) == (Kind.NEXT, None)
    assert "capture" in step.what


def test_functions_that_steps_name_exist() -> None:
    services = discover()
    functions = {
        str(resource["Properties"]["FunctionName"]).rsplit("{Environment}-", 1)[-1].removesuffix("'}")
        for service in services.values()
        for resource in service.template["Resources"].values()
        if resource.get("Type") == "AWS::Serverless::Function" and "FunctionName" in resource["Properties"]
    }
    named = {
        meaning.function
        for table in (rows.ORDER, rows.REQUEST, rows.DELIVERY, rows.PAYMENT, returns.RETURN)
        for meaning in table.values()
    } | set(returns.REQUESTED_BY.values())
    assert named - {""} <= functions


def a_line(seconds: float, **record: str) -> Line:
    return Line(int(after(seconds).timestamp() * 1000), "payment-on-order-event", "stream", json.dumps(record))


def test_a_line_of_a_log_is_a_failure_and_repeats_are_one_step() -> None:
    about = {"message": "retry later", "reason": "the provider answered 503", "event": "DeliveryCompleted"}
    steps = [step for seconds in (1, 6, 16) if (step := step_of_line(a_line(seconds, **about)))]
    (step,) = folded(steps)
    assert (step.at, step.times, step.until) == (after(1), 3, after(16))
    assert (step.service, step.what) == ("payment", "retry later: the provider answered 503")


def test_a_function_of_delivery_pricing_is_not_one_of_delivery() -> None:
    line = Line(0, "delivery-pricing-rest-pricing", "stream", json.dumps({"message": "refused"}))
    step = step_of_line(line)
    assert step
    assert step.service == "delivery-pricing"


def test_logs_are_asked_for_any_of_the_ids_in_patterns_that_cloudwatch_accepts() -> None:
    fits = matcher(*patterns_of(["order-1", "sub_return-1"]))
    assert fits('{"message": "retry later", "return_id": "sub_return-1"}')
    assert fits('{"message": "retry later", "order_id": "order-1"}')
    assert not fits('{"message": "retry later", "order_id": "order-2"}')
    patterns = patterns_of([f"{number:080}" for number in range(25)])
    assert len(patterns) == 3
    assert max(map(len, patterns)) <= 1024


def test_metrics_are_no_failures() -> None:
    assert step_of_line(Line(0, "payment-on-order-event", "stream", '{"_aws": {}}')) is None
    assert step_of_line(Line(0, "payment-on-order-event", "stream", "text")) is None


def test_a_dead_letter_says_what_to_do() -> None:
    dead_letter = DeadLetter(
        id="8f3a0000-0000",
        receipt="r",
        code="INVALID_EVENT",
        reason="total is missing",
        payload=json.dumps({"detail-type": "OrderCreated"}),
        back_to=ToQueue("arn:aws:sqs:eu-west-1:1:queue"),
        sent_at=after(30),
        attempts=3,
    )
    step = step_of_dead_letter("payment", dead_letter)
    assert (step.kind, step.at, step.cause) == (Kind.DEAD_LETTER, after(30), "OrderCreated")
    assert step.what == "given up after 3 attempts: INVALID_EVENT: total is missing"
    assert "make redrive SERVICE=payment ID=8f3a0000" in step.detail["next"]


TIMELINE = Timeline(
    "order-1",
    "order order-1: PACKAGED",
    in_order(
        [
            Step(None, "reconciliation", Kind.NEXT, "waits for a deliverer, for 3 min"),
            Step(after(3.5), "warehouse", Kind.GOODS, "packed", event="PackageCreated", trace="request-1"),
            Step(after(200), "delivery", Kind.DEAD_LETTER, "given up", detail={"next": "fix the cause"}),
            Step(
                after(4),
                "payment",
                Kind.FAILURE,
                "retry later",
                times=2,
                until=after(9),
                function="payment-on-order-event",
            ),
            Step(NOON, "orders", Kind.ORDER, "the order is\x1b[2J accepted", cause="createOrder"),
        ]
    ),
)


def test_the_text_has_the_steps_in_order() -> None:
    assert text_of(TIMELINE).splitlines() == [
        "order order-1: PACKAGED",
        "began 2026-03-01T12:00:00.000Z",
        "",
        "      +0.00 s  orders          the order is?[2J accepted",
        "                               because of createOrder",
        "      +3.50 s  warehouse       packed",
        "                               publishes PackageCreated, correlation id request-1",
        "!     +4.00 s  payment         retry later (2 times, the last one at +9.00 s)",
        "                               by payment-on-order-event",
        "X    +0:03:20  delivery        given up",
        "                               fix the cause",
        ">              reconciliation  waits for a deliverer, for 3 min",
        "",
        "X waits for an operator: docs/operations.md",
    ]


def test_the_document_has_the_same_steps() -> None:
    document = document_of(TIMELINE)
    assert document["orderId"] == "order-1"
    assert [step["kind"] for step in document["steps"]] == ["order", "goods", "failure", "dead letter", "next"]
    assert document["steps"][2] == {
        "at": "2026-03-01T12:00:04.000Z",
        "service": "payment",
        "kind": "failure",
        "what": "retry later",
        "function": "payment-on-order-event",
        "times": 2,
        "until": "2026-03-01T12:00:09.000Z",
    }
    json.dumps(document)


def test_an_id_that_no_table_can_have_is_refused_before_any_request(target: Target) -> None:
    with pytest.raises(Problem, match=r"^no service knows an order x{40}\.\.\.: DynamoDB has no such key$"):
        timeline_of(target, "x" * 2048, NOON)

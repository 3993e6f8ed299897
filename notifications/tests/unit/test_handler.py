"""From messages to mails."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

import notifications_service
from ecom.errors import InvalidEvent
from ecom.runtime import Runtime
from ecom.times import timestamp
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.examples import example, refused
from ecom_testkit.lambda_events import NOON, LambdaContext, queue_record, records
from ecom_testkit.orders import OrdersInMemory
from ecom_testkit.queue_spy import QueueSpy
from notifications.tests.builders import LATER, accepted, returned, status_changed
from notifications.tests.fakes import ContactsInMemory, MailService, MailsInMemory, RecipientsInMemory
from notifications_service import bootstrap
from notifications_service.domain import MAIL_OF_STATUS, Kind
from notifications_service.errors import NotSent, OutcomeUnknown
from notifications_service.handlers import on_order_event
from notifications_service.send_mail import OrderMailSender


class Scene:
    def __init__(self) -> None:
        self.queue, self.dead_letters, self.service, self.recipients = (
            QueueSpy(),
            DeadLetterSpy(),
            MailService(),
            RecipientsInMemory(),
        )
        self.now = NOON
        self.kinds = frozenset(Kind)
        self.mails = MailsInMemory()
        sender = OrderMailSender(
            mails=self.mails,
            recipients=self.recipients,
            contacts=ContactsInMemory(),
            orders=OrdersInMemory(),
            mailer=self.service,
            now=lambda: self.now,
            new_id=iter(f"claim-{number}" for number in range(100)).__next__,
            count=lambda _: None,
        )
        self.sender = sender

    def handle(self, *bodies: Any, remaining_ms: int = 60_000) -> list[str]:
        """The messages that come back."""
        return self.handle_records(
            *(queue_record(body, number=number) for number, body in enumerate(bodies)), remaining_ms=remaining_ms
        )

    def handle_records(self, *each: dict[str, Any], remaining_ms: int = 60_000) -> list[str]:
        answer = on_order_event.handler(records(*each), LambdaContext(remaining_ms=remaining_ms))
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    made = Scene()
    monkeypatch.setattr(bootstrap, "mail_sender", lambda: made.sender)
    monkeypatch.setattr(bootstrap, "kinds", lambda: made.kinds)
    parts = Runtime(notifications_service.__file__, queue=made.queue, dead_letters=made.dead_letters)
    monkeypatch.setattr(bootstrap, "runtime", parts)
    return made


def redriven(body: Any, sent_at: datetime = LATER, decided: datetime = LATER) -> dict[str, Any]:
    value = timestamp(decided)
    attribute = {"dataType": "String", "stringValue": value, "stringListValues": [], "binaryListValues": []}
    record = queue_record(body, sent_at=sent_at)
    return {**record, "messageAttributes": {"REDRIVEN": attribute}}


def test_an_event_sends_a_mail(scene: Scene) -> None:
    assert scene.handle(accepted(), status_changed("SHIPPED"), accepted()) == []
    assert [mail.subject for _, mail in scene.service.sent] == [
        "Your order order-1",
        "Your order order-1 is on its way",
    ]


def test_each_return_of_an_order_has_mails_of_its_own(scene: Scene) -> None:
    events = [returned("ReturnApproved", name) for name in ("return-1", "return-1", "return-2")]
    assert scene.handle(*events, returned("ReturnRefunded", "return-1", refund=500)) == []
    assert [mail.subject for _, mail in scene.service.sent] == [
        "Send the goods of your order order-1 back",
        "Send the goods of your order order-1 back",
        "Your return of goods of order order-1 is finished",
    ]


@pytest.mark.parametrize(("metadata", "stored"), [({"correlationId": "cart-7"}, "cart-7"), (None, accepted()["id"])])
def test_the_correlation_id_of_the_event_is_stored(scene: Scene, metadata: Any, stored: str) -> None:
    event = accepted()
    if metadata:
        event["detail"]["metadata"] = metadata
    assert scene.handle(event) == []
    assert [row.correlation_id for row in scene.mails.rows.values()] == [stored]


def test_only_the_kinds_of_the_parameter_are_sent(scene: Scene) -> None:
    scene.kinds = frozenset((Kind.SHIPPED, Kind.FAILED))
    assert scene.handle(accepted(), *(status_changed(status) for status in MAIL_OF_STATUS)) == []
    assert [mail.subject for _, mail in scene.service.sent] == [
        "Your order order-1 is on its way",
        "We are sorry: your order order-1 cannot be packed",
    ]
    assert scene.recipients.asked == ["user-1"] * 3, "nothing is read for a mail that is not sent"


@pytest.mark.parametrize("detail_type", ["OrderCreated", "OrderModified"])
def test_the_examples_of_the_producer_send_mails(scene: Scene, detail_type: str) -> None:
    event = example(detail_type, "order-1")
    (event["detail"] if detail_type == "OrderCreated" else event["detail"]["new"])["userId"] = "user-1"
    assert scene.handle(event) == []
    assert len(scene.service.sent) == 1


@pytest.mark.parametrize(
    "body",
    [
        "no event",
        json.dumps(["no event"]),
        refused("OrderCreated", "order-1"),
        refused("OrderModified", "order-1"),
        accepted("x" * 3000),
        status_changed("NEW"),
        {**accepted(), "detail-type": "OrderDeleted"},
    ],
)
def test_an_invalid_message_becomes_a_dead_letter_with_the_reason(scene: Scene, body: Any) -> None:
    assert scene.handle(body) == []
    ((_, error),) = scene.dead_letters.messages
    assert isinstance(error, InvalidEvent)
    assert error.message
    assert scene.service.sent == []


def test_only_a_refused_mail_is_retried(scene: Scene) -> None:
    scene.service.before = [NotSent("no")]
    assert scene.handle(accepted(), status_changed("SHIPPED")) == ["message-0"]
    assert (len(scene.service.sent), scene.queue.waits, scene.dead_letters.messages) == (1, [5], [])


def test_too_little_time_retries_the_message(scene: Scene) -> None:
    assert scene.handle(accepted(), remaining_ms=1000) == ["message-0"]
    assert scene.service.sent == []


def test_an_unknown_outcome_is_a_dead_letter_and_a_redrive_sends_it(scene: Scene) -> None:
    scene.service.before = [OutcomeUnknown("lost")]
    assert scene.handle(accepted()) == []
    ((_, error),) = scene.dead_letters.messages
    assert (error.type, scene.dead_letters.back_to) == ("OUTCOME_UNKNOWN", [scene.queue.url])
    assert scene.handle_records(queue_record(accepted(), sent_at=LATER)) == []  # a repeat, not a redrive
    assert len(scene.dead_letters.messages) == 2
    assert scene.service.sent == []
    for _ in range(3):
        assert scene.handle_records(redriven(accepted())) == []
    assert (len(scene.service.sent), len(scene.dead_letters.messages)) == (1, 2)


def test_two_dead_letters_of_one_redrive_are_one_attempt(scene: Scene) -> None:
    """One redrive sends both back. The first attempt fails, so the second message sends no mail."""
    scene.service.before = [OutcomeUnknown("lost"), OutcomeUnknown("lost again")]
    scene.handle(accepted())
    scene.now = LATER + timedelta(seconds=1)
    scene.handle_records(redriven(accepted()))
    scene.handle_records(redriven(accepted(), sent_at=LATER + timedelta(seconds=2)))
    assert (scene.service.before, scene.service.sent, len(scene.dead_letters.messages)) == ([], [], 3)


@pytest.mark.parametrize("failure", [NotSent("no"), OutcomeUnknown("lost"), RuntimeError("bug")])
def test_logs_contain_nothing_personal(
    scene: Scene, capsys: pytest.CaptureFixture[str], fresh_logger: None, failure: Exception
) -> None:
    scene.service.before = [failure]
    scene.handle(accepted())
    printed = capsys.readouterr()
    for personal in ("jo@example.com", "Jo Shopper", "Example Street", "Kettle", "token-1"):
        assert personal not in printed.out + printed.err

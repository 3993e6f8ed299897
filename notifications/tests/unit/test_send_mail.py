"""A mail is sent at most once without an operator, whatever fails when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest

from ecom.http import Unreachable
from ecom_testkit.lambda_events import NOON
from ecom_testkit.orders import OrdersInMemory
from notifications.tests.builders import ADDRESS, accepted, order, order_mail, status_changed
from notifications.tests.fakes import ContactsInMemory, MailService, MailsInMemory, RecipientsInMemory
from notifications_service.domain import CLAIM_LIFETIME, Kind, MailRow, State
from notifications_service.errors import NoTimeLeft, NotSent, OutcomeUnknown, RowChanged, SendInProgress
from notifications_service.send_mail import SENDING_SECONDS, OrderMailSender


class Stopped(BaseException):
    """Lambda stops the function."""


@dataclass
class World:
    """A sender with fakes of everything that it calls."""

    mails: MailsInMemory = field(default_factory=MailsInMemory)
    recipients: RecipientsInMemory = field(default_factory=RecipientsInMemory)
    contacts: ContactsInMemory = field(default_factory=ContactsInMemory)
    orders: OrdersInMemory = field(default_factory=OrdersInMemory)
    service: MailService = field(default_factory=MailService)
    now: datetime = NOON
    counted: list[str] = field(default_factory=list)
    ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    seconds_left: float = 60

    def send(self, raw: dict[str, Any] | None = None, redriven_at: datetime | None = None) -> None:
        sender = OrderMailSender(
            mails=self.mails,
            recipients=self.recipients,
            contacts=self.contacts,
            orders=self.orders,
            mailer=self.service,
            now=lambda: self.now,
            new_id=lambda: f"claim-{self.ids()}",
            count=self.counted.append,
        )
        sender.send(order_mail(raw or accepted()), "request-1", lambda: self.seconds_left, redriven_at)

    def later(self, by: timedelta = timedelta(seconds=1)) -> datetime:
        self.now += by
        return self.now

    @property
    def subjects(self) -> list[str]:
        return [mail.subject for _, mail in self.service.sent]

    @property
    def states(self) -> list[State]:
        return [row.state for row in self.mails.rows.values()]


@pytest.fixture
def world() -> World:
    return World()


def test_a_mail_goes_to_the_owner_and_is_recorded(world: World) -> None:
    world.send()
    ((recipient, mail),) = world.service.sent
    assert (recipient, mail.subject) == (ADDRESS, "Your order order-1")
    (row,) = world.mails.rows.values()
    assert (row.state, row.message_id, row.kind, row.since) == (State.SENT, "mail-1", Kind.ACCEPTED, NOON)
    assert world.counted == []


def test_repeats_in_any_order_send_one_mail_of_each_kind() -> None:
    events = [accepted(), status_changed("PACKAGED"), status_changed("SHIPPED"), status_changed("FULFILLED")]
    for arrival in permutations(events):
        world = World()
        for event in [*arrival, *reversed(arrival)]:
            world.send(event)
        assert len(world.service.sent) == len(set(world.subjects)) == len(events)


def test_the_owner_is_read_from_orders_when_the_event_has_none(world: World) -> None:
    world.orders.orders["order-1"] = order()
    world.send(accepted(userId=None))
    assert [recipient for recipient, _ in world.service.sent] == [ADDRESS]


def test_no_request_is_made_that_is_not_needed(world: World) -> None:
    world.send()
    assert (world.orders.asked, world.recipients.asked) == ([], ["user-1"])


def test_a_partners_order_goes_to_its_contact(world: World) -> None:
    world.contacts.addresses["order-1"] = "orders@acme.example"
    world.send(accepted(userId="partner:acme"))
    assert [recipient for recipient, _ in world.service.sent] == ["orders@acme.example"]
    assert world.recipients.asked == []


@pytest.mark.parametrize("changes", [{"userId": "gone"}, {"userId": None}, {"userId": "partner:acme"}])
def test_no_recipient_is_counted_and_done(world: World, changes: dict[str, Any]) -> None:
    world.send(accepted(**changes))
    assert (world.service.sent, world.mails.rows, world.counted) == ([], {}, ["NoRecipient"])


def test_an_order_without_an_owner_has_no_recipient(world: World) -> None:
    world.orders.orders["order-1"] = order(userId=None)
    world.send(accepted(userId=None))
    assert world.counted == ["NoRecipient"]


def test_no_answer_of_orders_is_retried_later(world: World) -> None:
    world.orders.unavailable = True
    with pytest.raises(Unreachable):
        world.send(accepted(userId=None))
    assert world.mails.rows == {}


def test_a_refused_mail_is_sent_later_once(world: World) -> None:
    world.service.before = [NotSent("no"), NotSent("no")]
    for _ in range(2):
        with pytest.raises(NotSent):
            world.send()
        assert world.mails.rows == {}
    world.send()
    world.send()
    assert len(world.service.sent) == 1


def test_no_mail_is_sent_without_time_to_finish(world: World) -> None:
    world.seconds_left = SENDING_SECONDS - 1
    with pytest.raises(NoTimeLeft):
        world.send()
    assert (world.service.sent, world.mails.rows) == ([], {})


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_is_never_retried_without_an_operator(world: World, *, arrived: bool) -> None:
    (world.service.after if arrived else world.service.before).append(OutcomeUnknown("lost"))
    for _ in range(4):
        with pytest.raises(OutcomeUnknown):
            world.send()
        world.later(timedelta(days=1))
    assert len(world.service.sent) == arrived
    assert world.states == [State.UNKNOWN]
    assert world.counted == ["OutcomeUnknown"]


def test_a_redrive_sends_the_mail_and_its_repeats_send_nothing(world: World) -> None:
    world.service.before = [OutcomeUnknown("lost")]
    with pytest.raises(OutcomeUnknown):
        world.send()
    decided = world.later()
    for _ in range(3):
        world.send(redriven_at=decided)
        world.send()
    assert len(world.service.sent) == 1
    assert world.states == [State.SENT]


def test_a_redrive_allows_one_attempt_of_unknown_outcome(world: World) -> None:
    world.service.after = [OutcomeUnknown("lost"), OutcomeUnknown("lost")]
    with pytest.raises(OutcomeUnknown):
        world.send()
    decided = world.later()
    world.later()
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            world.send(redriven_at=decided)
    assert len(world.service.sent) == 2
    world.send(redriven_at=world.later())
    assert len(world.service.sent) == 3


def test_a_redrive_that_ses_refuses_is_retried(world: World) -> None:
    world.service.before = [OutcomeUnknown("lost"), NotSent("no")]
    with pytest.raises(OutcomeUnknown):
        world.send()
    decided = world.later()
    with pytest.raises(NotSent):
        world.send(redriven_at=decided)
    world.later()
    world.send(redriven_at=decided)
    assert len(world.service.sent) == 1


def test_a_redrive_of_a_sent_mail_sends_nothing(world: World) -> None:
    world.send()
    world.send(redriven_at=world.later())
    assert len(world.service.sent) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_a_function_stopped_while_sending_leaves_an_unknown_outcome(world: World, *, arrived: bool) -> None:
    """Whether the mail was sent cannot be known."""
    if arrived:
        world.service.after.append(Stopped())
    else:
        world.service.before.append(Stopped())  # type: ignore[arg-type]  # not an Exception
    with pytest.raises(Stopped):
        world.send()
    with pytest.raises(SendInProgress):
        world.send()
    world.later(CLAIM_LIFETIME)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            world.send()
    assert len(world.service.sent) == arrived
    world.send(redriven_at=world.later())
    assert len(world.service.sent) == arrived + 1
    assert world.states == [State.SENT]


def test_two_concurrent_attempts_send_one_mail(world: World) -> None:
    """The second attempt runs while the first is sending."""
    send = world.service.send

    def overtaken(recipient: str, mail: Any) -> str:
        world.service.send = send  # type: ignore[method-assign]  # the fake's own
        with pytest.raises(SendInProgress):
            world.send()
        return send(recipient, mail)

    world.service.send = overtaken  # type: ignore[method-assign]  # the fake's own
    world.send()
    assert len(world.service.sent) == 1


def test_two_concurrent_redrives_send_one_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read that the outcome is unknown; one claims the mail first."""
    world.service.before = [OutcomeUnknown("lost")]
    with pytest.raises(OutcomeUnknown):
        world.send()
    decided, claim = world.later(), world.mails.claim

    def overtaken(row: MailRow, over: MailRow | None = None) -> None:
        if over:
            monkeypatch.setattr(world.mails, "claim", claim)
            world.send(redriven_at=decided)
        claim(row, over)

    monkeypatch.setattr(world.mails, "claim", overtaken)
    with pytest.raises(RowChanged):
        world.send(redriven_at=decided)
    world.send(redriven_at=decided)
    assert len(world.service.sent) == 1


def test_a_failed_record_of_a_sent_mail_is_no_second_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail was sent, then the table was unavailable. The mail must not count as not sent."""

    def unavailable(_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(world.mails, "mark_sent", unavailable)
        with pytest.raises(ConnectionError):
            world.send()
    world.later(CLAIM_LIFETIME)
    with pytest.raises(OutcomeUnknown):
        world.send()
    assert len(world.service.sent) == 1

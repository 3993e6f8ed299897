"""A mail is sent at most once by itself, whatever happens when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest

from ecom.http import Unreachable
from ecom_testkit.lambda_events import NOON
from ecom_testkit.orders import OrdersInMemory
from notifications.tests.builders import ADDRESS, accepted, moved, notice, order
from notifications.tests.fakes import MailService, MailsInMemory, PeopleInMemory
from notifications_service.domain import LEASE, Kind, Row, State
from notifications_service.errors import BeingSent, InTheWay, NoTimeLeft, NotSent, OutcomeUnknown
from notifications_service.send_mail import SENDING_SECONDS, Teller


class Killed(BaseException):
    """The function is stopped: nothing of it runs any more."""


@dataclass
class World:
    """A teller, and all that it meets."""

    mails: MailsInMemory = field(default_factory=MailsInMemory)
    people: PeopleInMemory = field(default_factory=PeopleInMemory)
    orders: OrdersInMemory = field(default_factory=OrdersInMemory)
    service: MailService = field(default_factory=MailService)
    now: datetime = NOON
    counted: list[str] = field(default_factory=list)
    ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    seconds_left: float = 60

    def tell(self, raw: dict[str, Any] | None = None, redriven_at: datetime | None = None) -> None:
        teller = Teller(
            mails=self.mails,
            people=self.people,
            orders=self.orders,
            mailer=self.service,
            now=lambda: self.now,
            new_id=lambda: f"claim-{self.ids()}",
            counted=self.counted.append,
        )
        teller.tell(notice(raw or accepted()), "request-1", lambda: self.seconds_left, redriven_at)

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


def test_a_mail_goes_to_who_ordered_and_is_noted(world: World) -> None:
    world.tell()
    ((recipient, mail),) = world.service.sent
    assert (recipient, mail.subject) == (ADDRESS, "Your order order-1")
    (row,) = world.mails.rows.values()
    assert (row.state, row.message_id, row.kind, row.since) == (State.SENT, "mail-1", Kind.ACCEPTED, NOON)
    assert world.counted == []


def test_every_order_of_arrival_and_everything_twice_is_one_mail_of_each_kind() -> None:
    events = [accepted(), moved("PACKAGED"), moved("SHIPPED"), moved("FULFILLED")]
    for arrival in permutations(events):
        world = World()
        for event in [*arrival, *reversed(arrival)]:
            world.tell(event)
        assert len(world.service.sent) == len(set(world.subjects)) == len(events)


def test_an_event_that_does_not_say_whose_order_it_is_has_it_asked(world: World) -> None:
    world.orders.orders["order-1"] = order()
    world.tell(accepted(userId=None))
    assert [recipient for recipient, _ in world.service.sent] == [ADDRESS]


def test_nobody_is_asked_for_more_than_is_needed(world: World) -> None:
    world.tell()
    assert (world.orders.asked, world.people.asked) == ([], ["user-1"])


@pytest.mark.parametrize("changes", [{"userId": "gone"}, {"userId": None}])
def test_nobody_to_tell_is_counted_and_done(world: World, changes: dict[str, Any]) -> None:
    world.tell(accepted(**changes))
    assert (world.service.sent, world.mails.rows, world.counted) == ([], {}, ["NobodyToTell"])


def test_an_order_without_an_owner_has_nobody_to_tell(world: World) -> None:
    world.orders.orders["order-1"] = order(userId=None)
    world.tell(accepted(userId=None))
    assert world.counted == ["NobodyToTell"]


def test_orders_without_an_answer_are_asked_again_later(world: World) -> None:
    world.orders.away = True
    with pytest.raises(Unreachable):
        world.tell(accepted(userId=None))
    assert world.mails.rows == {}


def test_what_is_refused_is_sent_once_it_may(world: World) -> None:
    world.service.before = [NotSent("no"), NotSent("no")]
    for _ in range(2):
        with pytest.raises(NotSent):
            world.tell()
        assert world.mails.rows == {}
    world.tell()
    world.tell()
    assert len(world.service.sent) == 1


def test_no_mail_is_begun_without_the_time_to_finish_it(world: World) -> None:
    world.seconds_left = SENDING_SECONDS - 1
    with pytest.raises(NoTimeLeft):
        world.tell()
    assert (world.service.sent, world.mails.rows) == ([], {})


@pytest.mark.parametrize("arrived", [True, False])
def test_a_lost_answer_is_never_sent_again_by_itself(world: World, *, arrived: bool) -> None:
    (world.service.after if arrived else world.service.before).append(OutcomeUnknown("lost"))
    for _ in range(4):
        with pytest.raises(OutcomeUnknown):
            world.tell()
        world.later(timedelta(days=1))
    assert len(world.service.sent) == arrived
    assert world.states == [State.UNKNOWN]
    assert world.counted == ["OutcomeUnknown"]


def test_an_operator_has_it_sent_and_repeats_of_that_send_nothing(world: World) -> None:
    world.service.before = [OutcomeUnknown("lost")]
    with pytest.raises(OutcomeUnknown):
        world.tell()
    decided = world.later()
    for _ in range(3):
        world.tell(redriven_at=decided)
        world.tell()
    assert len(world.service.sent) == 1
    assert world.states == [State.SENT]


def test_a_decision_is_good_for_one_attempt_of_unknown_outcome(world: World) -> None:
    world.service.after = [OutcomeUnknown("lost"), OutcomeUnknown("lost")]
    with pytest.raises(OutcomeUnknown):
        world.tell()
    decided = world.later()
    world.later()
    for _ in range(3):
        with pytest.raises(OutcomeUnknown):
            world.tell(redriven_at=decided)
    assert len(world.service.sent) == 2
    world.tell(redriven_at=world.later())
    assert len(world.service.sent) == 3


def test_an_operators_attempt_that_is_refused_is_still_made(world: World) -> None:
    world.service.before = [OutcomeUnknown("lost"), NotSent("no")]
    with pytest.raises(OutcomeUnknown):
        world.tell()
    decided = world.later()
    with pytest.raises(NotSent):
        world.tell(redriven_at=decided)
    world.later()
    world.tell(redriven_at=decided)
    assert len(world.service.sent) == 1


def test_a_redriven_repeat_of_a_sent_one_sends_nothing(world: World) -> None:
    world.tell()
    world.tell(redriven_at=world.later())
    assert len(world.service.sent) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_who_is_killed_in_the_middle_leaves_an_unknown_outcome(world: World, *, arrived: bool) -> None:
    """Whether before the mail was sent or after it, nobody can tell."""
    if arrived:
        world.service.after.append(Killed())
    else:
        world.service.before.append(Killed())  # type: ignore[arg-type]  # it is no error that anybody handles
    with pytest.raises(Killed):
        world.tell()
    with pytest.raises(BeingSent):
        world.tell()
    world.later(LEASE)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown):
            world.tell()
    assert len(world.service.sent) == arrived
    world.tell(redriven_at=world.later())
    assert len(world.service.sent) == arrived + 1
    assert world.states == [State.SENT]


def test_two_at_once_are_one_mail(world: World) -> None:
    """The second comes while the first is being sent."""
    send = world.service.send

    def overtaken(recipient: str, mail: Any) -> str:
        world.service.send = send  # type: ignore[method-assign]  # the fake's own
        with pytest.raises(BeingSent):
            world.tell()
        return send(recipient, mail)

    world.service.send = overtaken  # type: ignore[method-assign]  # the fake's own
    world.tell()
    assert len(world.service.sent) == 1


def test_two_decisions_at_once_are_one_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both see that the outcome is unknown; one of them claims it first."""
    world.service.before = [OutcomeUnknown("lost")]
    with pytest.raises(OutcomeUnknown):
        world.tell()
    decided, claim = world.later(), world.mails.claim

    def overtaken(row: Row, over: Row | None = None) -> None:
        if over:
            monkeypatch.setattr(world.mails, "claim", claim)
            world.tell(redriven_at=decided)
        claim(row, over)

    monkeypatch.setattr(world.mails, "claim", overtaken)
    with pytest.raises(InTheWay):
        world.tell(redriven_at=decided)
    world.tell(redriven_at=decided)
    assert len(world.service.sent) == 1


def test_a_note_that_failed_is_no_second_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail was sent and the table was away: nobody may conclude that it was not sent."""

    def away(_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(world.mails, "sent", away)
        with pytest.raises(ConnectionError):
            world.tell()
    world.later(LEASE)
    with pytest.raises(OutcomeUnknown):
        world.tell()
    assert len(world.service.sent) == 1

"""The contract suite of `Inbox`, for the fake and the table."""

from typing import Any

import pytest

from ecom.errors import InvalidEvent
from ecom.events import IncomingEvent
from ecom.inbox import Inbox, Outcome, Outdated, Verdict
from ecom_testkit.lambda_events import NOON

SOURCE = "ecommerce.orders"


def event(event_id: str = "event-1", sequence: Any = None, source: str = SOURCE) -> IncomingEvent[Any]:
    metadata = {"eventId": event_id, **({} if sequence is None else {"sequence": sequence})}
    return IncomingEvent("bus-1", source, "OrderModified", ("order-1",), {}, NOON, metadata)


class InboxContract:
    @pytest.fixture
    def inbox(self) -> Inbox:
        raise NotImplementedError

    def write(self, name: str, *, unless_there: bool = False) -> dict[str, Any]:
        """A write that stores the name. With `unless_there` it is Outdated if the name is stored already."""
        raise NotImplementedError

    def left(self, inbox: Inbox) -> list[str]:
        """The names that the writes stored."""
        raise NotImplementedError

    def test_an_event_is_handled_once(self, inbox: Inbox) -> None:
        assert inbox.once(event(), self.write("a")) == Verdict(Outcome.HANDLED)
        assert inbox.once(event(), self.write("b")) == Verdict(Outcome.REPEAT)
        assert self.left(inbox) == ["a"]

    def test_an_event_is_known_after_it_is_recorded(self, inbox: Inbox) -> None:
        assert not inbox.knows(event())
        inbox.once(event())
        others = event("event-2"), event(source="ecommerce.delivery")
        assert [inbox.knows(each) for each in (event(), *others)] == [True, False, False]

    def test_an_id_that_dynamodb_refuses_is_poison_and_stores_nothing(self, inbox: Inbox) -> None:
        long = "x" * 3000
        for ask in (inbox.knows, inbox.once):
            with pytest.raises(InvalidEvent):
                ask(event(long))
        with pytest.raises(InvalidEvent):
            inbox.newest(event(sequence=1), long, self.write("a"))
        assert self.left(inbox) == []

    def test_events_differ_by_producer_and_id(self, inbox: Inbox) -> None:
        events = [event(), event("event-2"), event(source="ecommerce.delivery")]
        assert [inbox.once(each).outcome for each in events] == [Outcome.HANDLED] * 3

    def test_an_event_without_metadata_is_known_by_the_id_of_the_bus(self, inbox: Inbox) -> None:
        plain: IncomingEvent[Any] = IncomingEvent("bus-1", SOURCE, "OrderModified", (), {}, NOON)
        other: IncomingEvent[Any] = IncomingEvent("bus-2", SOURCE, "OrderModified", (), {}, NOON)
        assert [inbox.once(each).is_new for each in (plain, plain, other)] == [True, False, True]

    def test_events_count_in_any_order(self, inbox: Inbox) -> None:
        assert [inbox.once(event(f"event-{number}", number)).is_new for number in (3, 1, 2)] == [True] * 3

    def test_outdated_writes_leave_no_record(self, inbox: Inbox) -> None:
        inbox.once(event(), self.write("a"))
        with pytest.raises(Outdated):
            inbox.once(event("event-2"), self.write("a", unless_there=True))
        assert inbox.once(event("event-2"), self.write("b")).is_new
        assert self.left(inbox) == ["a", "b"]

    def test_only_the_newest_state_counts(self, inbox: Inbox) -> None:
        verdicts = [
            inbox.newest(event(f"event-{sequence}", sequence), "order-1", self.write(name))
            for sequence, name in ((2, "a"), (1, "b"), (2, "c"), (3, "d"))
        ]
        outcomes = [Outcome.HANDLED, Outcome.STALE, Outcome.REPEAT, Outcome.HANDLED]
        assert [verdict.outcome for verdict in verdicts] == outcomes
        assert self.left(inbox) == ["a", "d"]

    def test_the_number_of_missed_events_is_returned(self, inbox: Inbox) -> None:
        verdicts = [inbox.newest(event(f"event-{number}", number), "order-1") for number in (4, 5, 9, 7)]
        assert verdicts == [
            Verdict(Outcome.HANDLED),  # the consumer may be younger than the order
            Verdict(Outcome.HANDLED),
            Verdict(Outcome.HANDLED, missed=3),
            Verdict(Outcome.STALE),
        ]

    def test_each_subject_of_each_producer_has_its_own_sequence(self, inbox: Inbox) -> None:
        assert inbox.newest(event("event-1", 5), "order-1").is_new
        assert inbox.newest(event("event-2", 1), "order-2").is_new
        assert inbox.newest(event("event-3", 1, "ecommerce.delivery"), "order-1").is_new

    def test_a_repeat_is_known_by_its_sequence_whatever_its_id(self, inbox: Inbox) -> None:
        """The item cannot change twice to one version: it is the same event under another id."""
        assert inbox.newest(event("event-1", 5), "order-1").is_new
        assert inbox.newest(event("event-2", 5.0), "order-1").outcome is Outcome.REPEAT
        assert inbox.newest(event("event-3", 0), "order-1").outcome is Outcome.STALE

    def test_a_sequence_of_38_digits_can_be_recorded(self, inbox: Inbox) -> None:
        assert inbox.newest(event("event-1", 10**38 - 2), "order-1").is_new
        assert inbox.newest(event("event-2", 10**38 - 1), "order-1") == Verdict(Outcome.HANDLED)

    @pytest.mark.parametrize("sequence", [-1, 10**38, 10**400])
    def test_a_sequence_that_dynamodb_refuses_is_poison_and_stores_nothing(self, inbox: Inbox, sequence: int) -> None:
        with pytest.raises(InvalidEvent):
            inbox.newest(event("event-1", sequence), "order-1", self.write("a"))
        assert self.left(inbox) == []

    @pytest.mark.parametrize("sequence", [None, "7", True, 7.5])
    def test_without_a_sequence_no_event_is_stale(self, inbox: Inbox, sequence: Any) -> None:
        inbox.newest(event("event-1", 5), "order-1")
        assert inbox.newest(event("event-2", sequence), "order-1").is_new
        assert inbox.newest(event("event-2", sequence), "order-1").outcome is Outcome.REPEAT
        assert inbox.newest(event("event-3", 4), "order-1").outcome is Outcome.STALE

    def test_a_newest_event_with_outdated_writes_leaves_no_record(self, inbox: Inbox) -> None:
        inbox.newest(event("event-1", 1), "order-1", self.write("a"))
        with pytest.raises(Outdated):
            inbox.newest(event("event-2", 2), "order-1", self.write("a", unless_there=True))
        assert inbox.newest(event("event-2", 2), "order-1", self.write("b")) == Verdict(Outcome.HANDLED)
        assert self.left(inbox) == ["a", "b"]

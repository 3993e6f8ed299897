"""What becomes of an order's request, and of the stock with it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ecom.errors import InvalidInput, NotFound
from warehouse.tests.builders import LIFETIME, NOON, held
from warehouse_service import domain
from warehouse_service.domain import Line, Request, Status, moves
from warehouse_service.errors import NotPackable, PackagingStarted, Shortage
from warehouse_service.stock import Move

LATER = NOON + timedelta(minutes=1)
PLENTY = {"kettle": 100, "cup": 100}


def request(status: Status, packaged: int = 2, *, delivery_failed: bool = False) -> Request:
    made = held(kettles=2)
    lines = tuple(replace(line, packaged=packaged) for line in made.lines)
    return replace(made, status=status, lines=lines, delivery_failed=delivery_failed)


ALL = [request(status) for status in Status]


def others(*statuses: Status) -> list[Request]:
    return [each for each in ALL if each.status not in statuses]


class TestReserve:
    def test_a_new_reservation_keeps_the_stock_until_it_is_due(self) -> None:
        made = held(kettles=2)
        assert (made.status, made.expires_at, made.since) == (Status.HELD, NOON + LIFETIME, NOON + LIFETIME)
        assert made.lines == (Line("kettle", 2, 2, tracked=True),)
        assert moves(None, made) == {"kettle": Move(-2, 2)}

    def test_what_nobody_counts_moves_nothing(self) -> None:
        made = domain.reserve(None, "order-1", {"kettle": 2}, {"kettle": None}, NOON, LIFETIME)
        assert made.lines == (Line("kettle", 2, 2, tracked=False),)
        assert moves(None, made) == {}

    def test_the_same_again_is_nothing_and_renews_in_its_second_half(self) -> None:
        made = held(kettles=2)
        wanted = {"kettle": 2}
        assert domain.reserve(made, "order-1", wanted, PLENTY, NOON + LIFETIME / 3, LIFETIME) is made
        half = NOON + LIFETIME / 2
        renewed = domain.reserve(made, "order-1", wanted, PLENTY, half, LIFETIME)
        assert (renewed.expires_at, renewed.lines, moves(made, renewed)) == (half + LIFETIME, made.lines, {})

    def test_other_lines_move_the_difference(self) -> None:
        made = held(kettles=2)
        changed = domain.reserve(made, "order-1", {"kettle": 3, "cup": 1}, PLENTY, LATER, LIFETIME)
        assert moves(made, changed) == {"kettle": Move(-1, 1), "cup": Move(-1, 1)}
        assert moves(changed, domain.reserve(changed, "order-1", {"cup": 1}, PLENTY, LATER, LIFETIME)) == {
            "kettle": Move(3, -3)
        }

    def test_a_line_that_stays_stays_counted_or_not(self) -> None:
        made = domain.reserve(None, "order-1", {"kettle": 2, "cup": 1}, {"kettle": None, "cup": 9}, NOON, LIFETIME)
        now_counted = {"kettle": 5, "cup": None, "pot": 3}
        wanted = {"kettle": 2, "cup": 1, "pot": 1}
        changed = domain.reserve(made, "order-1", wanted, now_counted, LATER, LIFETIME)
        assert {line.product_id: line.tracked for line in changed.lines} == {"kettle": False, "cup": True, "pot": True}
        more = domain.reserve(made, "order-1", {"kettle": 3, "cup": 1}, now_counted, LATER, LIFETIME)
        assert moves(made, more) == {"kettle": Move(-3, 3)}

    def test_what_lapsed_is_taken_anew(self) -> None:
        lapsed = request(Status.LAPSED)
        again = domain.reserve(lapsed, "order-1", {"kettle": 2}, PLENTY, LATER, LIFETIME)
        assert (again.status, moves(lapsed, again)) == (Status.HELD, {"kettle": Move(-2, 2)})

    @pytest.mark.parametrize("owned", others(Status.HELD, Status.LAPSED), ids=lambda each: each.status)
    def test_what_an_order_owns_or_gave_up_stays(self, owned: Request) -> None:
        assert domain.reserve(owned, "order-1", {"kettle": 9}, PLENTY, LATER, LIFETIME) is owned

    def test_a_shortage_counts_what_the_order_keeps_itself(self) -> None:
        made = held(kettles=2)
        more = domain.reserve(made, "order-1", {"kettle": 5}, {"kettle": 1}, LATER, LIFETIME)
        assert domain.shortages(made, more, {"kettle": 1}) == [Shortage("kettle", 5, 3)]
        assert domain.shortages(made, more, {"kettle": 3}) == []
        assert domain.shortages(None, held(kettles=9), {"kettle": None}) == []


class TestLapse:
    def test_it_gives_back_what_is_due_and_nothing_before(self) -> None:
        made = held(kettles=2)
        assert domain.lapse(made, NOON + LIFETIME - timedelta(milliseconds=1)) is made
        lapsed = domain.lapse(made, NOON + LIFETIME)
        assert lapsed
        assert (lapsed.status, moves(made, lapsed)) == (Status.LAPSED, {"kettle": Move(2, -2)})

    @pytest.mark.parametrize("other", [None, *others(Status.HELD)])
    def test_nothing_else_lapses(self, other: Request | None) -> None:
        assert domain.lapse(other, NOON + timedelta(days=365)) is other


class TestFacts:
    @pytest.mark.parametrize("status", [Status.HELD, Status.LAPSED])
    def test_an_order_takes_its_reservation_over(self, status: Status) -> None:
        old = request(status)
        new = domain.accept(old, "order-1", {"kettle": 2}, PLENTY, LATER, sequence=1)
        assert (new.status, new.since, new.sequence) == (Status.NEW, LATER, 1)
        assert moves(old, new) == ({} if status is Status.HELD else {"kettle": Move(-2, 2)})
        assert domain.news(old, new) is None

    def test_an_order_without_a_reservation_takes_stock_on_the_spot(self) -> None:
        new = domain.accept(None, "order-1", {"kettle": 2, "cup": 1}, {"kettle": 9, "cup": None}, NOON)
        assert (new.status, moves(None, new)) == (Status.NEW, {"kettle": Move(-2, 2)})

    def test_the_orders_lines_count_not_the_reserved_ones(self) -> None:
        old = held(kettles=2)
        assert moves(old, domain.accept(old, "order-1", {"kettle": 1}, PLENTY, LATER)) == {"kettle": Move(1, -1)}

    @pytest.mark.parametrize("known", others(Status.HELD, Status.LAPSED), ids=lambda each: each.status)
    def test_a_second_order_created_changes_nothing(self, known: Request) -> None:
        assert domain.accept(known, "order-1", {"kettle": 9}, PLENTY, LATER, 5) is known

    def test_too_little_is_a_failed_packaging_that_keeps_nothing(self) -> None:
        refused = domain.refuse(None, "order-1", {"kettle": 9}, NOON)
        assert (refused.status, moves(None, refused)) == (Status.FAILED, {})
        assert domain.news(None, refused) == "PackagingFailed"
        for old in (request(Status.HELD), request(Status.NEW)):
            assert moves(old, domain.refuse(old, "order-1", {"kettle": 9}, NOON)) == {"kettle": Move(2, -2)}
        for old in others(Status.HELD, Status.LAPSED, Status.NEW):
            assert domain.refuse(old, "order-1", {"kettle": 9}, NOON) is old

    def test_lines_follow_the_order_until_somebody_packages_it(self) -> None:
        old = replace(request(Status.NEW), sequence=2)
        new = domain.follow(old, "order-1", {"cup": 1}, PLENTY, LATER, sequence=3)
        assert new
        assert (moves(old, new), new.since, new.sequence) == (
            {"kettle": Move(2, -2), "cup": Move(-1, 1)},
            old.since,
            3,
        )
        for other in [None, *others(Status.HELD, Status.LAPSED, Status.NEW)]:
            assert domain.follow(other, "order-1", {"cup": 1}, PLENTY, LATER, sequence=9) is other

    @pytest.mark.parametrize("sequence", [1, 2])
    def test_an_older_image_of_the_order_is_stale(self, sequence: int) -> None:
        old = replace(request(Status.NEW), sequence=2)
        assert domain.follow(old, "order-1", {"cup": 1}, PLENTY, LATER, sequence) is old

    def test_a_change_may_overtake_the_creation(self) -> None:
        early = domain.follow(held(kettles=2), "order-1", {"cup": 1}, PLENTY, LATER, sequence=2)
        assert early
        assert early.status is Status.NEW
        assert domain.accept(early, "order-1", {"kettle": 2}, PLENTY, LATER, sequence=1) is early

    @pytest.mark.parametrize("status", [Status.HELD, Status.LAPSED, Status.NEW])
    def test_a_deleted_order_gives_its_stock_back(self, status: Status) -> None:
        old = request(status)
        new = domain.withdraw(old, LATER)
        assert new
        assert new.status is Status.CANCELLED
        assert moves(old, new) == ({} if status is Status.LAPSED else {"kettle": Move(2, -2)})

    @pytest.mark.parametrize("other", [None, *others(Status.HELD, Status.LAPSED, Status.NEW)])
    def test_a_deletion_changes_nothing_else(self, other: Request | None) -> None:
        assert domain.withdraw(other, LATER) is other

    def test_what_could_not_be_delivered_comes_back_once(self) -> None:
        old = request(Status.COMPLETED, packaged=1)
        new = domain.delivery_failed(old)
        assert new
        assert moves(old, new) == {"kettle": Move(1, 0)}
        assert domain.delivery_failed(new) is new
        assert domain.news(old, new) is None

    def test_known_before_packaging_is_completed_it_ends_the_same(self) -> None:
        early = domain.delivery_failed(request(Status.IN_PROGRESS, packaged=1))
        late = domain.delivery_failed(domain.complete(request(Status.IN_PROGRESS, packaged=1), "order-1", LATER))
        assert domain.complete(early, "order-1", LATER) == late
        assert moves(request(Status.IN_PROGRESS), domain.complete(early, "order-1", LATER)) == {"kettle": Move(2, -2)}

    @pytest.mark.parametrize("other", [None, request(Status.FAILED), request(Status.CANCELLED)])
    def test_what_never_left_cannot_come_back(self, other: Request | None) -> None:
        assert domain.delivery_failed(other) is other


class TestCancel:
    def test_in_time_the_stock_is_free_and_the_world_hears_of_it(self) -> None:
        for status in (Status.HELD, Status.NEW):
            old = request(status)
            new = domain.cancel(old, "order-1", LATER)
            assert (new.status, moves(old, new)) == (Status.CANCELLED, {"kettle": Move(2, -2)})
            assert domain.news(old, new) == "PackagingCancelled"
            assert domain.cancel(new, "order-1", LATER) is new

    def test_an_order_that_comes_later_takes_nothing(self) -> None:
        grave = domain.cancel(None, "order-1", NOON)
        assert domain.news(None, grave) == "PackagingCancelled"
        met = domain.accept(grave, "order-1", {"kettle": 2}, PLENTY, LATER)
        assert (met.status, moves(grave, met), moves(None, met)) == (Status.CANCELLED, {}, {})

    def test_an_order_that_comes_later_is_told_once_that_it_was_cancelled(self) -> None:
        grave = domain.cancel(None, "order-1", NOON)
        met = domain.accept(grave, "order-1", {"kettle": 2}, PLENTY, LATER)
        assert domain.news(grave, met) == "PackagingCancelled"
        assert domain.accept(met, "order-1", {"kettle": 2}, PLENTY, LATER) is met
        assert domain.news(met, replace(met, sequence=7)) is None
        assert domain.cancel(met, "order-1", LATER) is met
        assert domain.accept(grave, "order-1", {}, PLENTY, LATER) is grave

    @pytest.mark.parametrize("late", [request(s) for s in (Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED)])
    def test_too_late(self, late: Request) -> None:
        with pytest.raises(PackagingStarted):
            domain.cancel(late, "order-1", LATER)


class TestStaff:
    def test_start(self) -> None:
        old = request(Status.NEW)
        new = domain.start(old, "order-1", LATER)
        assert (new.status, moves(old, new)) == (Status.IN_PROGRESS, {})

    @pytest.mark.parametrize("unseen", [None, request(Status.HELD), request(Status.LAPSED)])
    def test_a_mere_reservation_is_not_there_for_staff(self, unseen: Request | None) -> None:
        with pytest.raises(NotFound):
            domain.start(unseen, "order-1", LATER)
        with pytest.raises(NotFound):
            domain.pack(unseen, "order-1", "kettle", 1)
        with pytest.raises(NotFound):
            domain.complete(unseen, "order-1", LATER)

    @pytest.mark.parametrize("status", [Status.IN_PROGRESS, Status.COMPLETED, Status.FAILED, Status.CANCELLED])
    def test_only_a_new_request_can_be_started(self, status: Status) -> None:
        with pytest.raises(NotPackable):
            domain.start(request(status), "order-1", LATER)

    @pytest.mark.parametrize("status", [Status.NEW, Status.COMPLETED, Status.FAILED, Status.CANCELLED])
    def test_only_a_started_one_can_be_changed_or_completed(self, status: Status) -> None:
        with pytest.raises(NotPackable):
            domain.complete(request(status), "order-1", LATER)
        with pytest.raises(NotPackable):
            domain.pack(request(status), "order-1", "kettle", 1)

    def test_the_package_may_hold_fewer_and_again_more(self) -> None:
        old = request(Status.IN_PROGRESS)
        fewer = domain.pack(old, "order-1", "kettle", 0)
        assert fewer.lines == (Line("kettle", 2, 0, tracked=True),)
        assert domain.pack(fewer, "order-1", "kettle", 2) == old
        assert domain.pack(old, "order-1", "kettle", 2) is old
        assert moves(old, fewer) == {}

    @pytest.mark.parametrize("quantity", [-1, 3, 2**31])
    def test_never_more_than_ordered_nor_less_than_none(self, quantity: int) -> None:
        with pytest.raises(InvalidInput):
            domain.pack(request(Status.IN_PROGRESS), "order-1", "kettle", quantity)

    def test_a_product_that_was_not_ordered_is_not_found(self) -> None:
        with pytest.raises(NotFound):
            domain.pack(request(Status.IN_PROGRESS), "order-1", "cup", 0)

    def test_what_is_packaged_leaves_and_the_rest_is_free(self) -> None:
        old = request(Status.IN_PROGRESS, packaged=1)
        new = domain.complete(old, "order-1", LATER)
        assert (new.status, moves(old, new)) == (Status.COMPLETED, {"kettle": Move(1, -2)})
        assert domain.news(old, new) == "PackageCreated"

    def test_an_empty_package_has_failed(self) -> None:
        old = request(Status.IN_PROGRESS, packaged=0)
        new = domain.complete(old, "order-1", LATER)
        assert (new.status, moves(old, new)) == (Status.FAILED, {"kettle": Move(2, -2)})
        assert domain.news(old, new) == "PackagingFailed"

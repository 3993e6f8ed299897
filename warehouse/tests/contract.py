"""The contract suite of `Warehouse`, for the fake and the table."""

from datetime import timedelta

import pytest

from ecom.errors import InvalidToken
from warehouse.tests.builders import LIFETIME, NOON, accept, complete, no_change, reserve, start
from warehouse_service import domain
from warehouse_service.domain import Status
from warehouse_service.errors import BelowReserved, IllegalTransition, InsufficientStock, Shortage
from warehouse_service.repository import DUE_PAGE, PAGE, Warehouse
from warehouse_service.stock import Stock


class WarehouseContract:
    @pytest.fixture
    def warehouse(self) -> Warehouse:
        raise NotImplementedError

    def test_counted_stock_can_be_read(self, warehouse: Warehouse) -> None:
        assert warehouse.stock("kettle") is None
        assert warehouse.set_stock("kettle", 3, "request-1") == Stock("kettle", 3, 0)
        assert warehouse.stock("kettle") == Stock("kettle", 3, 0)

    def test_a_count_leaves_reserved_units_and_is_never_below_them(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        reserve(warehouse, "order-1", kettle=2)
        assert warehouse.set_stock("kettle", 7, "request-2") == Stock("kettle", 5, 2)
        assert warehouse.set_stock("kettle", 2, "request-3") == Stock("kettle", 0, 2)
        with pytest.raises(BelowReserved):
            warehouse.set_stock("kettle", 1, "request-4")
        assert warehouse.stock("kettle") == Stock("kettle", 0, 2)

    def test_all_lines_are_reserved_or_none(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        warehouse.set_stock("cup", 3, "request-1")
        with pytest.raises(InsufficientStock) as refused:
            reserve(warehouse, "order-1", kettle=2, cup=4)
        assert refused.value.shortages == (Shortage("cup", 4, 3),)
        assert warehouse.request("order-1") is None
        assert (warehouse.stock("kettle"), warehouse.stock("cup")) == (Stock("kettle", 3, 0), Stock("cup", 3, 0))
        made = reserve(warehouse, "order-1", kettle=2, cup=3)
        assert warehouse.request("order-1") == made
        assert (warehouse.stock("kettle"), warehouse.stock("cup")) == (Stock("kettle", 1, 2), Stock("cup", 0, 3))

    def test_an_untracked_product_is_always_available_and_has_no_stock(self, warehouse: Warehouse) -> None:
        made = reserve(warehouse, "order-1", kettle=1_000)
        assert [line.tracked for line in made.lines] == [False]
        assert warehouse.stock("kettle") is None
        warehouse.set_stock("kettle", 3, "request-1")
        accept(warehouse, "order-1", kettle=1_000)
        start(warehouse, "order-1")
        complete(warehouse, "order-1")
        assert warehouse.stock("kettle") == Stock("kettle", 3, 0)

    def test_an_order_can_have_tracked_and_untracked_products(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("cup", 3, "request-1")
        made = reserve(warehouse, "order-1", cup=2, kettle=2)
        assert {line.product_id: line.tracked for line in made.lines} == {"cup": True, "kettle": False}
        assert warehouse.stock("cup") == Stock("cup", 1, 2)

    def test_a_repeated_reservation_changes_nothing(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        first = reserve(warehouse, "order-1", kettle=2)
        assert reserve(warehouse, "order-1", now=NOON + timedelta(seconds=30), kettle=2) == first
        assert warehouse.stock("kettle") == Stock("kettle", 1, 2)

    def test_an_order_can_use_its_own_reservation_again(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        reserve(warehouse, "order-1", kettle=3)
        reserve(warehouse, "order-1", kettle=3)
        reserve(warehouse, "order-1", kettle=1, cup=5)
        assert warehouse.stock("kettle") == Stock("kettle", 2, 1)
        with pytest.raises(InsufficientStock) as refused:
            reserve(warehouse, "order-1", kettle=4)
        assert refused.value.shortages == (Shortage("kettle", 4, 3),)
        assert warehouse.stock("kettle") == Stock("kettle", 2, 1)

    def test_packaged_units_leave_and_the_others_become_available(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 10, "request-1")
        reserve(warehouse, "order-1", kettle=4)
        accept(warehouse, "order-1", kettle=4)
        assert warehouse.stock("kettle") == Stock("kettle", 6, 4)
        start(warehouse, "order-1")
        warehouse.change("order-1", lambda request, _: domain.pack(request, "order-1", "kettle", 3), "request-5")
        done = complete(warehouse, "order-1")
        assert done
        assert done.status is Status.COMPLETED
        assert warehouse.stock("kettle") == Stock("kettle", 7, 0)

    def test_an_illegal_transition_changes_nothing(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        accept(warehouse, "order-1", kettle=2)
        with pytest.raises(IllegalTransition):
            complete(warehouse, "order-1")
        found = warehouse.request("order-1")
        assert found
        assert found.status is Status.NEW
        assert warehouse.stock("kettle") == Stock("kettle", 1, 2)

    def test_a_decision_without_a_change_writes_nothing(self, warehouse: Warehouse) -> None:
        assert warehouse.change("order-1", no_change, "request-1") is None
        made = reserve(warehouse, "order-1", kettle=1)
        assert warehouse.change("order-1", no_change, "request-2") == made

    def test_due_reservations_are_found_the_longest_due_first(self, warehouse: Warehouse) -> None:
        for number in (3, 1, 2):
            reserve(warehouse, f"order-{number}", now=NOON + timedelta(minutes=number), kettle=1)
        accept(warehouse, "order-2", kettle=1)
        end = NOON + timedelta(minutes=3) + LIFETIME
        assert warehouse.due_order_ids(end, None).items == ["order-1", "order-3"]
        assert warehouse.due_order_ids(end - timedelta(milliseconds=1), None).items == ["order-1"]
        assert warehouse.due_order_ids(NOON, None).items == []

    def test_every_due_reservation_is_found_page_by_page(self, warehouse: Warehouse) -> None:
        expected = [f"order-{number:03}" for number in range(DUE_PAGE + 20)]
        for number, order_id in enumerate(expected):
            # Ten have the same time: a page may end between them.
            reserve(warehouse, order_id, now=NOON + timedelta(seconds=number // 10), kettle=1)
        found: list[str] = []
        page = warehouse.due_order_ids(NOON + timedelta(days=1), None)
        while page.next_token:
            assert len(page.items) == DUE_PAGE
            found += page.items
            page = warehouse.due_order_ids(NOON + timedelta(days=1), page.next_token)
        assert found + page.items == expected

    def test_due_reservations_lapse_together(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 300, "request-1")
        for number in range(60):
            reserve(warehouse, f"order-{number}", kettle=2 if number % 2 else 1, cup=1)
        accept(warehouse, "order-7", kettle=2, cup=1)
        reserve(warehouse, "fresh", now=NOON + LIFETIME, kettle=1)
        ids = [*(f"order-{number}" for number in range(60)), "fresh", "unknown"]
        assert warehouse.lapse(ids, NOON + LIFETIME, "request-2") == 59
        assert warehouse.stock("kettle") == Stock("kettle", 297, 3)
        assert warehouse.lapse(ids, NOON + LIFETIME, "request-3") == 0
        lapsed = warehouse.request("order-8")
        assert lapsed
        assert lapsed.status is Status.LAPSED

    def test_all_new_requests_are_listed_the_oldest_first(self, warehouse: Warehouse) -> None:
        expected = [f"order-{number:03}" for number in range(PAGE + 3)]
        for number, order_id in enumerate(expected):
            accept(warehouse, order_id, now=NOON + timedelta(seconds=number), kettle=1)
        reserve(warehouse, "held", kettle=1)
        accept(warehouse, "started", kettle=1)
        start(warehouse, "started")
        found: list[str] = []
        token: str | None = None
        while True:
            page = warehouse.new_order_ids(token)
            assert len(page.items) <= PAGE
            found += page.items
            token = page.next_token
            if token is None:
                break
        assert found == expected

    def test_a_request_is_listed_as_started_until_it_is_completed(self, warehouse: Warehouse) -> None:
        accept(warehouse, "new", kettle=1)
        for number, order_id in enumerate(("second", "first")):
            accept(warehouse, order_id, kettle=1)
            start(warehouse, order_id, now=NOON - timedelta(seconds=number))
        assert warehouse.started_order_ids(None).items == ["first", "second"]
        complete(warehouse, "first")
        assert warehouse.started_order_ids(None).items == ["second"]
        assert warehouse.new_order_ids(None).items == ["new"]

    @pytest.mark.parametrize("token", ["", "garbage", "WyJvdGhlciIse31d"])
    def test_a_token_of_another_list_is_refused(self, warehouse: Warehouse, token: str) -> None:
        for listed in (warehouse.new_order_ids, warehouse.started_order_ids):
            with pytest.raises(InvalidToken):
                listed(token)

"""What every implementation of `Warehouse` promises. The fake and the table both inherit it."""

from datetime import timedelta

import pytest

from ecom.errors import InvalidToken
from warehouse.tests.builders import LIFETIME, NOON, accept, complete, nothing, reserve, start
from warehouse_service import domain
from warehouse_service.domain import Status
from warehouse_service.errors import BelowReserved, NotEnough, NotPackable, Shortage
from warehouse_service.repository import PAGE, Warehouse
from warehouse_service.stock import Stock


class WarehouseContract:
    @pytest.fixture
    def warehouse(self) -> Warehouse:
        raise NotImplementedError

    def test_what_staff_counted_can_be_read(self, warehouse: Warehouse) -> None:
        assert warehouse.stock("kettle") is None
        assert warehouse.set_stock("kettle", 3, "request-1") == Stock("kettle", 3, 0)
        assert warehouse.stock("kettle") == Stock("kettle", 3, 0)

    def test_a_count_keeps_what_is_reserved_and_is_never_below_it(self, warehouse: Warehouse) -> None:
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
        with pytest.raises(NotEnough) as refused:
            reserve(warehouse, "order-1", kettle=2, cup=4)
        assert refused.value.shortages == (Shortage("cup", 4, 3),)
        assert warehouse.request("order-1") is None
        assert (warehouse.stock("kettle"), warehouse.stock("cup")) == (Stock("kettle", 3, 0), Stock("cup", 3, 0))
        made = reserve(warehouse, "order-1", kettle=2, cup=3)
        assert warehouse.request("order-1") == made
        assert (warehouse.stock("kettle"), warehouse.stock("cup")) == (Stock("kettle", 1, 2), Stock("cup", 0, 3))

    def test_what_nobody_counts_is_always_there_and_never_moves(self, warehouse: Warehouse) -> None:
        made = reserve(warehouse, "order-1", kettle=1_000)
        assert [line.tracked for line in made.lines] == [False]
        assert warehouse.stock("kettle") is None
        warehouse.set_stock("kettle", 3, "request-1")
        accept(warehouse, "order-1", kettle=1_000)
        start(warehouse, "order-1")
        complete(warehouse, "order-1")
        assert warehouse.stock("kettle") == Stock("kettle", 3, 0)

    def test_some_products_are_counted_and_some_are_not(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("cup", 3, "request-1")
        made = reserve(warehouse, "order-1", cup=2, kettle=2)
        assert {line.product_id: line.tracked for line in made.lines} == {"cup": True, "kettle": False}
        assert warehouse.stock("cup") == Stock("cup", 1, 2)

    def test_repeating_is_harmless(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        first = reserve(warehouse, "order-1", kettle=2)
        assert reserve(warehouse, "order-1", now=NOON + timedelta(seconds=30), kettle=2) == first
        assert warehouse.stock("kettle") == Stock("kettle", 1, 2)

    def test_the_same_order_may_take_what_it_holds_itself(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        reserve(warehouse, "order-1", kettle=3)
        reserve(warehouse, "order-1", kettle=3)
        reserve(warehouse, "order-1", kettle=1, cup=5)
        assert warehouse.stock("kettle") == Stock("kettle", 2, 1)
        with pytest.raises(NotEnough) as refused:
            reserve(warehouse, "order-1", kettle=4)
        assert refused.value.shortages == (Shortage("kettle", 4, 3),)
        assert warehouse.stock("kettle") == Stock("kettle", 2, 1)

    def test_packaging_takes_what_is_in_the_package_and_frees_the_rest(self, warehouse: Warehouse) -> None:
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

    def test_an_illegal_move_changes_nothing(self, warehouse: Warehouse) -> None:
        warehouse.set_stock("kettle", 3, "request-1")
        accept(warehouse, "order-1", kettle=2)
        with pytest.raises(NotPackable):
            complete(warehouse, "order-1")
        found = warehouse.request("order-1")
        assert found
        assert found.status is Status.NEW
        assert warehouse.stock("kettle") == Stock("kettle", 1, 2)

    def test_a_decision_to_do_nothing_writes_nothing(self, warehouse: Warehouse) -> None:
        assert warehouse.change("order-1", nothing, "request-1") is None
        made = reserve(warehouse, "order-1", kettle=1)
        assert warehouse.change("order-1", nothing, "request-2") == made

    def test_due_reservations_are_found_the_longest_due_first(self, warehouse: Warehouse) -> None:
        for number in (3, 1, 2):
            reserve(warehouse, f"order-{number}", now=NOON + timedelta(minutes=number), kettle=1)
        accept(warehouse, "order-2", kettle=1)
        end = NOON + timedelta(minutes=3) + LIFETIME
        assert warehouse.due_ids(end, 10) == ["order-1", "order-3"]
        assert warehouse.due_ids(end, 1) == ["order-1"]
        assert warehouse.due_ids(end - timedelta(milliseconds=1), 10) == ["order-1"]
        assert warehouse.due_ids(NOON, 10) == []

    def test_new_requests_are_listed_to_the_end_the_oldest_first(self, warehouse: Warehouse) -> None:
        expected = [f"order-{number:03}" for number in range(PAGE + 3)]
        for number, order_id in enumerate(expected):
            accept(warehouse, order_id, now=NOON + timedelta(seconds=number), kettle=1)
        reserve(warehouse, "held", kettle=1)
        accept(warehouse, "started", kettle=1)
        start(warehouse, "started")
        found: list[str] = []
        token: str | None = None
        while True:
            page = warehouse.new_ids(token)
            assert len(page.order_ids) <= PAGE
            found += page.order_ids
            token = page.next_token
            if token is None:
                break
        assert found == expected

    @pytest.mark.parametrize("token", ["", "garbage", "WyJvdGhlciIse31d"])
    def test_a_token_of_another_list_is_refused(self, warehouse: Warehouse, token: str) -> None:
        with pytest.raises(InvalidToken):
            warehouse.new_ids(token)

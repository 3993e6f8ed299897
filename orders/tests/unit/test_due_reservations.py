"""Due reservations lapse when no order owns them. An accepted order keeps its stock, however late its event is."""

from itertools import chain, repeat

import pytest

from ecom.http import Unreachable
from orders.tests.builders import order
from orders.tests.fakes import OrdersInMemory, OtherServices
from orders_service.due_reservations import LISTINGS, MIN_REMAINING_SECONDS, settle

ID = order().order_id


@pytest.fixture
def orders() -> OrdersInMemory:
    made = OrdersInMemory()
    made.create(order())
    return made


def test_reservations_without_an_order_lapse_and_those_with_one_are_kept(orders: OrdersInMemory) -> None:
    warehouse = OtherServices()
    warehouse.due_pages = [["gone-1", ID], ["gone-2"], []]
    settle(orders, warehouse, lambda: 60.0)
    assert warehouse.settled == [(["gone-1"], [ID]), (["gone-2"], [])]
    assert warehouse.calls.count("due") == 3


def test_a_page_that_cannot_be_settled_does_not_stop_the_others(orders: OrdersInMemory) -> None:
    warehouse = OtherServices()
    warehouse.due_pages = [["gone-1"], ["gone-2"]]
    warehouse.settles = Unreachable("503")
    settle(orders, warehouse, lambda: 60.0)
    assert warehouse.calls == ["due", "settle", "due", "settle"]


def test_a_run_ends_before_its_time_limit(orders: OrdersInMemory) -> None:
    warehouse = OtherServices()
    warehouse.due_pages = [["gone"]] * 10
    left = chain([60.0, 40.0], repeat(MIN_REMAINING_SECONDS))
    settle(orders, warehouse, lambda: next(left))
    assert len(warehouse.settled) == 2


class SilentAtFirst(OtherServices):
    """Lists due reservations only after so many questions without an answer."""

    def __init__(self, silent: int) -> None:
        super().__init__()
        self.silent = silent

    def due(self, token: str | None) -> tuple[list[str], str | None]:
        answer = super().due(token)
        if self.calls.count("due") <= self.silent:
            raise Unreachable("503")
        return answer


def test_a_warehouse_that_does_not_answer_at_once_is_asked_again(orders: OrdersInMemory) -> None:
    warehouse = SilentAtFirst(LISTINGS - 1)
    settle(orders, warehouse, lambda: 60.0)
    assert warehouse.calls.count("due") == LISTINGS


def test_a_warehouse_that_does_not_answer_fails_the_run(orders: OrdersInMemory) -> None:
    """The run goes to the dead-letter queue, whose alarm an operator sees."""
    warehouse = SilentAtFirst(LISTINGS)
    with pytest.raises(Unreachable):
        settle(orders, warehouse, lambda: 60.0)
    assert warehouse.calls.count("due") == LISTINGS


def test_a_warehouse_is_not_asked_again_when_the_time_of_the_run_is_used_up(orders: OrdersInMemory) -> None:
    warehouse = SilentAtFirst(1)
    left = chain([60.0], repeat(MIN_REMAINING_SECONDS))
    with pytest.raises(Unreachable):
        settle(orders, warehouse, lambda: next(left))
    assert warehouse.calls.count("due") == 1

"""From which places an order takes its units, and where they go. Pure."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom.limits import MAX_TRANSACTION_ITEMS
from warehouse.tests.builders import LIFETIME, LOW_STOCK, NOON
from warehouse_service import domain
from warehouse_service.domain import Line, Request, Status
from warehouse_service.shards import LEAST_SHARE, Scattered, placed, share
from warehouse_service.stock import Available, StockChange
from warehouse_service.stock_effects import MAIN, place_changes, places_of, stock_changes

SPREAD = Available(20, {1: 10, 2: 4, 3: 0}, is_spread=True)


def request(quantity: int = 2, status: Status = Status.HELD, **more: int) -> Request:
    shards = {int(number.removeprefix("of_")): units for number, units in more.items()}
    return Request("order-1", status, (Line("kettle", quantity, quantity, tracked=True, shards=shards),), NOON)


def taken(old: Request | None, new: Request, units: Available | None, number: int = 0) -> dict[int, int]:
    made = placed(old, new, {"kettle": units}, LOW_STOCK, lambda enough: enough[number])
    return places_of(made.lines[0])


def test_a_product_that_is_not_spread_is_taken_from_its_own_item() -> None:
    made = request(9)
    assert placed(None, made, {"kettle": Available(10)}, LOW_STOCK, max) == made
    assert placed(None, made, {"kettle": None}, LOW_STOCK, max) == made


def test_one_place_with_enough_units_is_chosen() -> None:
    assert [taken(None, request(4), SPREAD, number) for number in range(3)] == [{MAIN: 4}, {1: 4}, {2: 4}]


def test_the_own_item_keeps_what_its_level_needs() -> None:
    few = replace(SPREAD, main=LOW_STOCK + 2)
    assert [taken(None, request(2), few, number) for number in range(2)] == [{1: 2}, {2: 2}]
    assert taken(None, request(1), few, 0) == {MAIN: 1}


def test_units_are_collected_from_the_fullest_places() -> None:
    assert taken(None, request(16), SPREAD) == {MAIN: 14, 1: 2}
    with pytest.raises(Scattered) as scattered:
        taken(None, request(29), SPREAD)
    assert scattered.value.product_ids == ("kettle",)


def test_units_of_the_order_itself_stay_where_they_are() -> None:
    old = request(3, of_2=3)
    assert taken(old, request(5), SPREAD, 1) == {2: 3, 1: 2}
    assert taken(old, request(2), SPREAD) == {2: 2}
    assert taken(old, old, SPREAD) == {2: 3}
    assert taken(request(3), request(5), SPREAD, 1) == {MAIN: 3, 1: 2}


def test_products_are_gathered_when_one_transaction_could_not_free_their_units() -> None:
    """Units become available at the product's own item, so a line costs that item beside its shards."""
    spread = Available(20, dict.fromkeys(range(1, 8), 5), is_spread=True)
    available: dict[str, Available | None] = {f"product-{number:02}": spread for number in range(50)}

    def order(lines: int, quantity: int) -> Request:
        wanted = [Line(product, quantity, quantity, tracked=True) for product in list(available)[:lines]]
        return Request("order-1", Status.HELD, tuple(wanted), NOON)

    def most_entries(made: Request) -> int:
        lapsed = replace(made, status=Status.LAPSED)
        return 1 + max(len(place_changes(None, made)), len(place_changes(made, lapsed)))

    assert most_entries(placed(None, order(49, 5), available, LOW_STOCK, max)) == 99
    with pytest.raises(Scattered) as few:
        placed(None, order(50, 5), available, LOW_STOCK, max)
    assert len(few.value.product_ids) == 1
    with pytest.raises(Scattered) as many:
        placed(None, order(13, 14 + 7 * 5), available, LOW_STOCK, max)
    gathered = available | dict.fromkeys(many.value.product_ids, Available(20 + 7 * 5))
    assert most_entries(placed(None, order(13, 14 + 7 * 5), gathered, LOW_STOCK, max)) <= MAX_TRANSACTION_ITEMS


def test_an_ended_reservation_is_taken_anew() -> None:
    lapsed = request(3, Status.LAPSED, of_2=3)
    again = domain.reserve(lapsed, "order-1", {"kettle": 3}, {"kettle": 30}, NOON, LIFETIME)
    assert taken(lapsed, again, SPREAD, 1) == {1: 3}


def test_reserved_units_leave_their_place_and_free_ones_go_to_the_own_item() -> None:
    made = request(3, of_2=3)
    assert place_changes(None, made) == {("kettle", 2): StockChange(-3, 3)}
    lapsed = replace(made, status=Status.LAPSED)
    assert place_changes(made, lapsed) == {("kettle", 2): StockChange(0, -3), ("kettle", MAIN): StockChange(3, 0)}
    packed = replace(made, status=Status.COMPLETED)
    assert place_changes(made, packed) == {("kettle", 2): StockChange(0, -3)}
    fewer = replace(packed, lines=(replace(made.lines[0], packaged=1),))
    assert place_changes(made, fewer) == {("kettle", 2): StockChange(0, -3), ("kettle", MAIN): StockChange(2, 0)}
    assert place_changes(fewer, replace(fewer, delivery_failed=True)) == {("kettle", MAIN): StockChange(1, 0)}


def test_too_few_units_are_not_spread() -> None:
    enough = LOW_STOCK + 1 + 8 * LEAST_SHARE
    assert (share(enough, 7, LOW_STOCK), share(enough - 1, 7, LOW_STOCK)) == (LEAST_SHARE, 0)


@given(
    main=st.integers(LOW_STOCK + 1, 40),
    shards=st.lists(st.integers(0, 20), min_size=1, max_size=7),
    before=st.dictionaries(st.integers(0, 3), st.integers(1, 9)),
    quantity=st.integers(1, 60),
    number=st.integers(0, 7),
)
def test_an_order_gets_what_it_wants_and_no_place_gives_more_than_it_has(
    main: int, shards: list[int], before: dict[int, int], quantity: int, number: int
) -> None:
    units = Available(main, dict(enumerate(shards, 1)), is_spread=True)
    of_shards = {place: own for place, own in before.items() if place != MAIN}
    line = Line("kettle", sum(before.values()), 0, tracked=True, shards=of_shards)
    old = Request("order-1", Status.HELD, (line,), NOON) if before else None
    new = request(quantity)
    try:
        made = placed(old, new, {"kettle": units}, LOW_STOCK, lambda enough: enough[number % len(enough)])
    except Scattered:
        assert quantity - sum(before.values()) > units.total - LOW_STOCK - 1
        return
    assert sum(places_of(made.lines[0]).values()) == quantity
    changes = place_changes(old, made)
    left = Counter({MAIN: main, **units.shards})
    for (_, place), change in changes.items():
        left[place] += change.available
    assert left[MAIN] >= LOW_STOCK + 1
    assert min(left.values()) >= 0
    total = stock_changes(old, made).get("kettle", StockChange(0, 0))
    assert (total.available, total.reserved) == (sum(before.values()) - quantity, quantity - sum(before.values()))

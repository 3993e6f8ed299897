"""Events: announced, published, taken by each consumer, of a change; and what a repeat of all of them may not do."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ecom.dynamo_values import typed
from tools.sim.invariants.announced import ANNOUNCED, may_announce
from tools.sim.invariants.consumers import (
    e1_every_consumer_hears,
    e1_followers_hear,
    e1_followers_see_the_order_as_it_is,
    e1_levels_are_shown,
)
from tools.sim.invariants.events import (
    e1_every_change_is_published,
    e1_every_event_is_of_a_change,
    e2_e3_repeats_in_any_order_change_nothing,
)
from tools.sim.invariants.reading import ORDERS, PAYMENT, PRODUCTS, REFUNDS, WAREHOUSE
from tools.sim.people.book import Book
from tools.tests.sim.quiet import OWN, mail, names_in, published, rows, world


def stock(available: int, version: int = 1, **more: Any) -> dict[str, Any]:
    return {"id": "stock#p", "available": available, "reserved": 0, "version": version, **more}


def announced(table: str, old: Any, new: Any) -> str | None:
    return ANNOUNCED[table][1](old and typed(old), new and typed(new))


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (None, stock(9), "StockChanged"),
        (stock(1), stock(0), "StockChanged"),
        (stock(6), stock(5), "StockChanged"),
        (stock(0), stock(1), "StockChanged"),
        (stock(9), stock(8), None),
        (stock(5), stock(4), None),
        (stock(9), stock(0, shards=4), None),
    ],
)
def test_stock_is_announced_when_its_level_changes(old: Any, new: Any, name: str | None) -> None:
    assert announced(WAREHOUSE, old, new) == name


def test_a_count_may_be_announced_and_a_sale_may_not() -> None:
    assert may_announce(WAREHOUSE, typed(stock(9)), typed(stock(8, version=2))) == "StockChanged"
    assert may_announce(WAREHOUSE, typed(stock(9)), typed(stock(8))) is None


def test_a_change_of_private_attributes_may_not_be_announced() -> None:
    order, product = rows()[ORDERS][OWN], {"productId": "p", "modifiedDate": "1"}
    assert may_announce(ORDERS, typed(order), typed({**order, "followedUntil": "2026"})) is None
    assert may_announce(ORDERS, typed(order), typed({**order, "modifiedDate": "2026"})) == "OrderModified"
    assert may_announce(PRODUCTS, typed(product), typed({**product, "modifiedDate": "2"})) == "ProductModified"


def with_events(*pairs: Any) -> Any:
    found = world()
    for record, event in pairs:
        found.records.append(record)
        found.events.append(event)
    return found


def test_what_is_published_is_announced_and_the_other_way_round() -> None:
    found = with_events(published("StockChanged", WAREHOUSE, stock(1), stock(0), level="OUT"))
    assert names_in(e1_every_change_is_published, found) == names_in(e1_every_event_is_of_a_change, found) == []
    found.events.clear()
    assert names_in(e1_every_change_is_published, found) == ["E1"]


@pytest.mark.parametrize("name", ["PackageCreated", "StockChanged"])
def test_an_event_without_a_change_breaks_e1(name: str) -> None:
    found = with_events(published(name, WAREHOUSE, stock(9), stock(8)))
    assert names_in(e1_every_event_is_of_a_change, found) == ["E1"]


@pytest.mark.parametrize(
    ("name", "detail", "services"),
    [
        ("StockChanged", {}, {"frontend-api"}),
        (
            "OrderModified",
            {"followed": True, "old": {"status": "NEW"}, "new": {"status": "PACKAGED"}},
            {"frontend-api"},
        ),
        ("OrderModified", {"old": {"status": "NEW"}, "new": {"status": "PACKAGED"}}, set()),
        ("OrderModified", {"old": {"total": 2}, "new": {"total": 1}}, {"payment"}),
        ("ReturnApproved", {}, {"notifications"}),
    ],
)
def test_each_consumer_takes_its_events(name: str, detail: dict[str, Any], services: set[str]) -> None:
    found = world()
    found.events.append({"id": "e", "detail-type": name, "resources": ["p"], "detail": detail})
    assert {each.text for each in e1_every_consumer_hears(found)} == {f"{name} did not reach {one}" for one in services}
    found.consumed = {("e", service) for service in services}
    assert names_in(e1_every_consumer_hears, found) == []


def _mails(found: Any) -> None:
    found.mailbox.mails.append(mail(f"Your order {OWN}"))


def _makes_dead_letters(found: Any) -> None:
    found.queues["q"].messages[1] = "a dead letter"


def _is_denied(found: Any) -> None:
    found.denials["may not"] += 1


def _executes(found: Any) -> None:
    found.state_machines.executions = lambda: [{}]


def _publishes(found: Any) -> None:
    found.events.append({})


def _refunds(found: Any) -> None:
    found.tables[REFUNDS]["more",] = typed({"refundId": "more"})


@pytest.mark.parametrize("repeat", [_mails, _makes_dead_letters, _is_denied, _executes, _publishes, _refunds])
def test_a_repeat_with_an_effect_breaks_e2(repeat: Any) -> None:
    found = with_events(published("StockChanged", WAREHOUSE, stock(1), stock(0), level="OUT"))
    found.queues["q"] = SimpleNamespace(messages={})
    found.decisions = SimpleNamespace(fraction=lambda _: 0.5)
    works: list[Any] = []
    found.scheduler.at = lambda _, work: works.append(work)
    found.bus = SimpleNamespace(deliver_again=lambda _event, _number: repeat(found))
    found.run = lambda: [work() for work in works]
    assert names_in(e2_e3_repeats_in_any_order_change_nothing, found) == ["E2"]
    del found.events[1:]
    found.bus = SimpleNamespace(deliver_again=lambda *_: None)
    works.clear()
    assert names_in(e2_e3_repeats_in_any_order_change_nothing, found) == []


@pytest.mark.parametrize(("minute", "is_consumed", "expected"), [(0, False, []), (5, False, ["E1"]), (5, True, [])])
def test_changes_of_a_followed_order_reach_its_followers(minute: int, is_consumed: bool, expected: list[str]) -> None:
    changed = f"2026-03-01T12:{minute:02}:00.000Z"
    event = {"id": "e", "detail-type": "OrderModified", "detail": {"new": {"orderId": OWN, "modifiedDate": changed}}}
    found = world()
    found.events.append(event)
    if is_consumed:
        found.consumed.add(("e", "frontend-api"))
    since = datetime.fromisoformat("2026-03-01T12:00:30Z").timestamp()
    known = Book(followed={OWN: since})
    assert [violation.name for violation in e1_followers_hear(found, known)] == expected
    assert not list(e1_followers_hear(found, Book()))


@pytest.mark.parametrize(("status", "expected"), [("SHIPPED", []), ("PACKAGED", ["E1"])])
def test_followers_are_shown_the_order_as_it_is(status: str, expected: list[str]) -> None:
    new = {"orderId": OWN, "modifiedDate": "2026", "status": "SHIPPED", "total": 5}
    found = world()
    found.events.append({"id": "e", "detail-type": "OrderModified", "detail": {"followed": True, "new": new}})
    found.shown_to_subscribers = [("publishOrderChange", {**new, "status": status}), ("publishAvailability", {})]
    assert names_in(e1_followers_see_the_order_as_it_is, found) == expected


def test_an_announced_level_is_that_of_the_row() -> None:
    assert (
        names_in(
            e1_every_change_is_published,
            with_events(published("StockChanged", WAREHOUSE, stock(1), stock(0), level="OUT")),
        )
        == []
    )
    assert names_in(
        e1_every_change_is_published, with_events(published("StockChanged", WAREHOUSE, stock(1), stock(0), level="LOW"))
    ) == ["E1"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [(("p", "OUT", 7), []), (("p", "LOW", 7), ["E1"]), (("p", "OUT", None), ["E1"]), (("q", "OUT", 7), ["E1"])],
)
def test_subscribers_are_shown_each_level(shown: tuple[str, str, int | None], expected: list[str]) -> None:
    found = world()
    detail = {"productId": "p", "level": "OUT", "metadata": {"sequence": 7}}
    found.events.append({"id": "e", "detail-type": "StockChanged", "detail": detail})
    argument = dict(zip(("productId", "level", "version"), shown, strict=True))
    found.shown_to_subscribers = [("publishAvailability", argument), ("publishOrderChange", {})]
    assert names_in(e1_levels_are_shown, found) == expected


PRODUCT = {"productId": "p", "name": "Product p", "price": 300}
DEARER = {**PRODUCT, "price": 400}
PAID = {"orderId": OWN, "refunded": 100}
PAID_MORE = {**PAID, "refunded": 250}


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (published("StockChanged", WAREHOUSE, stock(1), stock(0), level="OUT", available=0), []),
        (published("StockChanged", WAREHOUSE, stock(1), stock(0), level="OUT", available=4), ["E1"]),
        (published("ProductModified", PRODUCTS, PRODUCT, DEARER, old=PRODUCT, new=DEARER), []),
        (published("ProductModified", PRODUCTS, PRODUCT, DEARER, old=DEARER, new=PRODUCT), ["E1"]),
        (published("ProductDeleted", PRODUCTS, PRODUCT, None, **PRODUCT), []),
        (published("ProductDeleted", PRODUCTS, PRODUCT, None, **DEARER), ["E1"]),
        (published("PaymentRefunded", PAYMENT, PAID, PAID_MORE, orderId=OWN, amount=150), []),
        (published("PaymentRefunded", PAYMENT, PAID, PAID_MORE, orderId=OWN, amount=250), ["E1"]),
    ],
)
def test_an_event_says_what_the_row_has(event: Any, expected: list[str]) -> None:
    assert names_in(e1_every_change_is_published, with_events(event)) == expected

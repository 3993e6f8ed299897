"""Rows follow what is true, whatever events say and in which order writers come."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from search.tests.builders import product, row
from search.tests.integration.conftest import NOON, Shop
from search_service.errors import TooManyChanges
from search_service.rows import Row
from search_service.snapshots import Snapshot


def test_a_row_says_what_the_catalogue_and_the_warehouse_say(shop: Shop) -> None:
    shop.levels["p-1"] = "LOW"
    shop.put(product("p-1", tags=["steel"]))
    (found,) = shop.rows.all()
    assert found == row("p-1", NOON, dict(sorted(product("p-1", tags=["steel"]).items())), "LOW")


def test_versions_rise_also_when_clocks_do_not(shop: Shop) -> None:
    shop.put(product("p-1"))
    shop.now -= 5_000
    assert shop.refreshing.refresh("p-1").version == NOON + 1
    shop.delete("p-1")
    assert shop.rows.get(["p-1"]) == {"p-1": Row("p-1", NOON + 2)}
    shop.put(product("p-1"))
    assert shop.rows.get(["p-1"])["p-1"].version == NOON + 3


def test_a_repeated_or_false_event_changes_nothing_but_the_version(shop: Shop) -> None:
    """Whatever an event says, the row says what is true."""
    shop.put(product("p-1"))
    before = shop.texts()
    for _ in range(3):
        shop.refreshing.refresh("p-1")
        shop.refreshing.refresh("never-there")
    assert {key: value for key, value in shop.texts().items() if value} == before


def test_a_writer_with_an_older_product_does_not_win(shop: Shop) -> None:
    """It reads the product, another event changes the product and its row, then it writes."""
    shop.put(product("p-1", "Old"))
    shop.meanwhile = lambda: shop.put(product("p-1", "New"))
    shop.refreshing.refresh("p-1")
    assert '"name":"New"' in (shop.texts()["p-1"] or "")


def test_a_writer_does_not_bring_a_deleted_product_back(shop: Shop) -> None:
    shop.products["p-1"] = product("p-1")
    shop.meanwhile = lambda: shop.delete("p-1")
    shop.refreshing.refresh("p-1")
    assert shop.texts() == {"p-1": None}


def test_a_writer_does_not_bring_back_what_was_for_a_moment(shop: Shop) -> None:
    """The row is right, the product changes and changes back: the event of the last change finds the row as it should
    be. It writes all the same, since a writer who has read the product in between is about to write it."""
    right, wrong = product("p-1", "Right"), product("p-1", "Wrong")
    shop.put(right)
    shop.products["p-1"] = wrong
    shop.meanwhile = lambda: shop.put(right)
    shop.refreshing.refresh("p-1")
    assert '"name":"Right"' in (shop.texts()["p-1"] or "")


def test_a_deletion_that_is_repeated_keeps_a_late_writer_away(shop: Shop) -> None:
    shop.put(product("p-1"))
    shop.delete("p-1")
    shop.products["p-1"] = product("p-1", "Back")
    shop.meanwhile = lambda: shop.delete("p-1")
    shop.refreshing.refresh("p-1")
    assert shop.texts() == {"p-1": None}


def test_the_row_of_a_deleted_product_expires_after_two_days(shop: Shop) -> None:
    shop.put(product("p-1"))
    shop.delete("p-1")
    (item,) = shop.client.scan(TableName="Table")["Items"]
    assert item["expiresAt"] == {"N": str((NOON + 1) // 1000 + 2 * 86_400)}
    shop.put(product("p-1"))
    (item,) = shop.client.scan(TableName="Table")["Items"]
    assert "expiresAt" not in item


def test_writers_at_once_leave_the_newest_product(shop: Shop) -> None:
    def change(number: int) -> None:
        shop.products["p-1"] = product("p-1", f"Name {number}")
        shop.refreshing.refresh("p-1")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(change, range(20)))
    assert f'"name":"{shop.products["p-1"]["name"]}"' in (shop.texts()["p-1"] or "")


def test_a_writer_who_always_comes_second_is_told_to_try_again(shop: Shop) -> None:
    shop.put(product("p-1"))

    def change() -> None:
        stored = shop.rows.get(["p-1"])["p-1"]
        assert shop.rows.write(replace(stored, version=stored.version + 1, level="LOW"), stored)
        shop.meanwhile = change

    shop.meanwhile = change
    with pytest.raises(TooManyChanges):
        shop.refreshing.refresh("p-1")


def test_a_write_whose_answer_was_lost_counts(shop: Shop) -> None:
    """The SDK sends it again; the condition does not hold, since the row is there."""
    made = row("p-1", NOON, product("p-1"))
    assert shop.rows.write(made, None)
    assert shop.rows.write(made, None)
    assert not shop.rows.write(replace(made, level="OUT"), None)
    assert not shop.rows.write(replace(made, level="OUT"), replace(made, version=NOON - 1))


def test_corrections_write_what_differs_and_nothing_else(shop: Shop) -> None:
    shop.put(product("same"), product("changed"), product("gone"))
    before = shop.rows.get(["same"])
    shop.products["changed"] = product("changed", "Other")
    shop.levels["same"] = "IN"
    del shop.products["gone"]
    shop.products["missed"] = product("missed")
    shop.now += 1_000
    written = shop.refreshing.correct(["same", "changed", "gone", "missed", "never"])
    assert {each.product_id: each.product is not None for each in written} == {
        "changed": True,
        "gone": False,
        "missed": True,
    }
    assert shop.rows.get(["same"]) == before
    assert shop.refreshing.correct(["same", "changed", "gone", "missed", "never"]) == []


def test_a_correction_leaves_what_was_written_meanwhile(shop: Shop) -> None:
    shop.put(product("p-1", "Old"))
    shop.products["p-1"] = product("p-1", "Newer")
    shop.meanwhile = lambda: shop.put(product("p-1", "Newest"))
    assert shop.refreshing.correct(["p-1"]) == []
    assert '"name":"Newest"' in (shop.texts()["p-1"] or "")


def test_every_read_is_consistent(shop: Shop) -> None:
    """A stale row would be written over a newer one, and a stale answer about changes would hide one."""
    seen: dict[str, set[bool]] = {}

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name in ("Query", "GetItem"):
            seen.setdefault(model.name, set()).add(params.get("ConsistentRead", False))
        if model.name == "BatchGetItem":
            seen.setdefault(model.name, set()).add(params["RequestItems"]["Table"].get("ConsistentRead", False))

    shop.put(product("p-1"))
    assert shop.snapshots.store(Snapshot(NOON, list(shop.rows.all())))
    shop.client.meta.events.register("provide-client-params.dynamodb", note)
    shop.now += 1_000
    shop.put(product("p-1", "New"))
    list(shop.rows.all())
    shop.environment().index()
    assert seen == {"Query": {True}, "GetItem": {True}, "BatchGetItem": {True}}

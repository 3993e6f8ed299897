"""Copies of the index in execution environments, which follow the rows."""

import random
from dataclasses import replace

import pytest

from search.tests.builders import product, row
from search.tests.integration.conftest import NOON, Shop, names
from search_service.following import FORGOTTEN, FRESH, OVERLAP
from search_service.rows import Row
from search_service.snapshots import SEGMENT_BYTES, USED_FOR, Snapshot
from search_service.words import fold

DAY = 86_400_000


def take(shop: Shop) -> bool:
    return shop.snapshots.store(Snapshot(shop.now, list(shop.rows.all())))


def test_a_warm_environment_learns_of_changes_within_a_second(shop: Shop) -> None:
    shop.put(product("p-1", "Old"), product("p-2", "Gone"))
    warm = shop.environment()
    assert names(warm.index()) == {"p-1": "old", "p-2": "gone"}
    shop.now += FRESH
    shop.put(product("p-1", "New"), product("p-3", "Added"))
    shop.delete("p-2")
    assert names(warm.index()) == {"p-1": "new", "p-3": "added"}


def test_it_asks_the_table_once_a_second_at_most(shop: Shop) -> None:
    shop.put(product("p-1", "Old"))
    warm = shop.environment()
    warm.index()
    shop.put(product("p-1", "New"))
    shop.now += FRESH - 1
    assert names(warm.index()) == {"p-1": "old"}
    shop.now += 1
    assert names(warm.index()) == {"p-1": "new"}


def test_a_page_is_not_older_than_the_page_before_it(shop: Shop) -> None:
    """Another environment, which had a newer index, answered that one."""
    shop.put(product("p-1", "Old"))
    older, newer = shop.environment(), shop.environment()
    older.index()
    shop.now += 10
    shop.put(product("p-1", "New"))
    newer.index()
    assert names(older.index(at_least=newer.compared_at)) == {"p-1": "new"}


@pytest.mark.parametrize("slow_by", [0, 1_000, OVERLAP - 1])
def test_a_row_that_is_stored_late_or_by_a_slow_clock_is_found(shop: Shop, slow_by: int) -> None:
    shop.put(product("p-1"))
    warm = shop.environment()
    shop.now += FRESH
    warm.index()
    assert shop.rows.write(row("p-2", shop.now - slow_by, product("p-2", "Late")), None)
    shop.now += FRESH
    assert names(warm.index()) == {"p-1": "kettle", "p-2": "late"}


def test_what_is_known_is_not_read_again(shop: Shop) -> None:
    shop.put(product("p-1"))
    warm = shop.environment()
    index = warm.index()
    changes = index.changes
    for _ in range(3):
        shop.now += FRESH
        assert warm.index() is index
    assert index.changes == changes


def test_an_environment_that_slept_for_long_reads_everything_anew(shop: Shop) -> None:
    """The row of a product that was deleted meanwhile is not there any more."""
    shop.put(product("p-1"), product("p-2"))
    warm = shop.environment()
    warm.index()
    shop.client.delete_item(TableName="Table", Key={"part": {"S": "rows"}, "id": {"S": "p-2"}})
    shop.now += FORGOTTEN + 1
    assert names(warm.index()) == {"p-1": "kettle"}


def test_a_product_that_comes_back_long_after_its_row_expired_is_found(shop: Shop) -> None:
    shop.put(product("p-1"))
    warm = shop.environment()
    warm.index()
    shop.now += FRESH
    shop.delete("p-1")
    assert names(warm.index()) == {}
    shop.client.delete_item(TableName="Table", Key={"part": {"S": "rows"}, "id": {"S": "p-1"}})
    shop.now += FRESH
    shop.put(product("p-1", "Back"))
    assert names(warm.index()) == {"p-1": "back"}


def test_rows_that_are_corrected_slowly_are_found(shop: Shop) -> None:
    """The index goes back by OVERLAP at most. Until the last of many rows is written more than that may pass."""
    shop.put(product("p-1"), product("p-2"))
    warm = shop.environment()
    warm.index()
    shop.products |= {each: product(each, "New") for each in ("p-1", "p-2")}
    write = shop.rows.write

    def slow(row: Row, before: Row | None) -> bool:
        shop.now += OVERLAP - 1
        warm.index()
        return write(row, before)

    shop.rows.write = slow  # type: ignore[method-assign]  # mypy allows no stand-in for one method
    assert len(shop.refreshing.correct(["p-1", "p-2"])) == 2
    shop.now += FRESH
    assert names(warm.index()) == {"p-1": "new", "p-2": "new"}


def test_a_new_environment_reads_the_snapshot_and_what_changed_since(shop: Shop) -> None:
    shop.put(product("p-1", "Old"), product("p-2", "Gone"), product("p-3", "Stays"))
    shop.now += DAY // 24
    assert take(shop)
    shop.now += 60_000
    shop.put(product("p-1", "New"), product("p-4", "Added"))
    shop.delete("p-2")
    # Proof that the rows are not read: this one is only in the snapshot.
    shop.client.delete_item(TableName="Table", Key={"part": {"S": "rows"}, "id": {"S": "p-3"}})
    assert names(shop.environment().index()) == {"p-1": "new", "p-3": "stays", "p-4": "added"}


def test_what_changes_while_a_snapshot_is_taken_is_not_lost(shop: Shop) -> None:
    shop.put(product("p-1", "Old"), product("p-2"))
    begun, rows = shop.now, list(shop.rows.all())
    shop.now += 1_000
    shop.put(product("p-1", "New"))
    shop.delete("p-2")
    shop.now += 1_000
    assert shop.snapshots.store(Snapshot(begun, rows))
    assert names(shop.environment().index()) == {"p-1": "new"}


@pytest.mark.parametrize("spoil", ["too old", "a segment is missing"])
def test_a_snapshot_that_cannot_be_used_is_as_none(shop: Shop, spoil: str) -> None:
    shop.put(product("p-1"), product("p-2"))
    assert take(shop)
    shop.client.delete_item(TableName="Table", Key={"part": {"S": "rows"}, "id": {"S": "p-2"}})
    if spoil == "too old":
        shop.now += int(USED_FOR.total_seconds() * 1000) + 1
    else:
        shop.client.delete_item(TableName="Table", Key={"part": {"S": "snapshot"}, "id": {"S": f"{NOON}#0"}})
    assert names(shop.environment().index()) == {"p-1": "kettle"}


def test_an_older_snapshot_does_not_replace_a_newer_one(shop: Shop) -> None:
    shop.put(product("p-1"))
    assert take(shop)
    assert not shop.snapshots.store(Snapshot(shop.now - 1, []))
    assert shop.snapshots.taken_at() == NOON


def test_a_large_snapshot_has_several_segments(shop: Shop) -> None:
    chance = random.Random(1)  # noqa: S311 - texts that cannot be compressed
    rows = [
        row(f"p-{number}", NOON, product(f"p-{number}", "Kettle", tags=[chance.randbytes(400).hex()]))
        for number in range(1_000)
    ]
    assert shop.snapshots.store(Snapshot(NOON, rows))
    segments = shop.client.scan(TableName="Table", ProjectionExpression="id")["Count"] - 1
    assert segments > 1
    found = shop.snapshots.latest(NOON)
    assert found is not None
    assert list(found.rows) == rows
    assert SEGMENT_BYTES < 400_000


def test_many_rows_are_read_page_by_page(shop: Shop) -> None:
    """A page of DynamoDB has 1 MB."""
    filler = "x" * 9_000
    for number in range(150):
        assert shop.rows.write(row(f"p-{number:03}", NOON, product(f"p-{number:03}", "K", pictures=[filler])), None)
    assert len(shop.environment().index().entries) == 150


def test_random_changes_reach_every_environment(shop: Shop) -> None:
    """Old ones, new ones, with and without a snapshot: all have the same products at the end."""
    chance = random.Random(7)  # noqa: S311 - a sequence that can be repeated
    warm = [shop.environment()]
    for step in range(120):
        shop.now += chance.choice((0, 10, 400, 5_000, DAY // 48))
        product_id = f"p-{chance.randrange(8)}"
        if product_id in shop.products and chance.random() < 0.4:
            shop.delete(product_id)
        else:
            shop.put(product(product_id, f"Name {step}"))
        if chance.random() < 0.1:
            take(shop)
        if chance.random() < 0.1:
            warm.append(shop.environment())
        chance.choice(warm).index()
    shop.now += FRESH
    expected = {key: fold(each["name"]) for key, each in shop.products.items()}
    for each in [*warm, shop.environment()]:
        assert names(each.index()) == expected


def test_the_index_of_a_row_is_the_newest_one(shop: Shop) -> None:
    """An older version of a row, from an old snapshot, does not replace a newer one."""
    shop.put(product("p-1", "Old"))
    (old,) = shop.rows.all()
    shop.now += 1
    shop.put(product("p-1", "New"))
    assert shop.snapshots.store(Snapshot(shop.now, [replace(old, version=old.version)]))
    assert names(shop.environment().index()) == {"p-1": "new"}

"""The progress of a part: when a pass begins, ends and counts as complete."""

from dataclasses import replace
from datetime import datetime, timedelta

from reconciliation.tests.builders import NOW
from reconciliation_service.parts import START, Place
from reconciliation_service.passes import Progress, begin, end, move
from reconciliation_service.progress_table import item_from_progress, progress_from_item

HOUR = timedelta(hours=1)
MIDDLE = Place(1, {"orderId": "order-1"})


def a_pass(before: Progress | None, began: datetime, findings: int = 0, *, is_complete: bool = True) -> Progress:
    return end(move(begin("p", began, before), Place(4), 10, findings, is_complete=is_complete))


def test_a_run_goes_on_with_the_pass_that_is_under_way() -> None:
    under_way = move(begin("p", NOW, None), MIDDLE, 5, 1, is_complete=True)
    assert begin("p", NOW + HOUR, under_way) == under_way
    assert (under_way.rows, under_way.findings, under_way.age(NOW + HOUR)) == (5, 1, HOUR)


def test_the_age_counts_from_the_beginning_of_the_last_complete_pass() -> None:
    once = a_pass(None, NOW)
    assert (once.place, once.compared, once.rows) == (START, NOW, 0)
    under_way = move(begin("p", NOW + HOUR, once), MIDDLE, 5, 0, is_complete=True)
    assert under_way.age(NOW + 3 * HOUR) == 3 * HOUR
    assert end(under_way).age(NOW + 3 * HOUR) == 2 * HOUR


def test_an_incomplete_pass_does_not_count() -> None:
    incomplete = a_pass(a_pass(None, NOW), NOW + HOUR, is_complete=False)
    assert (incomplete.compared, incomplete.is_complete) == (NOW, True)
    assert a_pass(incomplete, NOW + 2 * HOUR).compared == NOW + 2 * HOUR


def test_a_stretch_without_the_provider_makes_the_pass_incomplete() -> None:
    first = move(begin("p", NOW, None), MIDDLE, 1, 0, is_complete=False)
    assert not move(first, Place(4), 1, 0, is_complete=True).is_complete


def test_findings_of_the_last_pass_are_known_until_the_next_has_more_or_ends() -> None:
    found = a_pass(None, NOW, findings=3)
    again = move(begin("p", NOW + HOUR, found), MIDDLE, 1, 1, is_complete=True)
    assert (found.findings_known, again.findings_known, end(again).findings_known) == (3, 3, 1)
    assert move(again, MIDDLE, 1, 4, is_complete=True).findings_known == 5


def test_progress_is_read_as_it_was_stored() -> None:
    for progress in (
        begin("p", NOW, None),
        a_pass(None, NOW, 2),
        move(begin("p", NOW, None), MIDDLE, 5, 1, is_complete=False),
    ):
        stored = progress_from_item(item_from_progress(progress))
        assert stored == replace(progress, version=progress.version + 1)

"""Occurrences add up to the same record in any order."""

from itertools import permutations

from search_service.domain import Occurrence, Record, add_occurrence


def test_the_first_occurrence_creates_the_record() -> None:
    assert add_occurrence(None, Occurrence("Happened", "subject-1")) == Record("subject-1", {"Happened": 1}, version=1)


def test_the_order_of_occurrences_does_not_matter() -> None:
    occurrences = [Occurrence(kind, "subject-1") for kind in ("Happened", "Ended", "Happened")]
    records = []
    for order in permutations(occurrences):
        record: Record | None = None
        for occurrence in order:
            record = add_occurrence(record, occurrence)
        records.append(record)
    assert all(record == Record("subject-1", {"Happened": 2, "Ended": 1}, version=3) for record in records)
    assert Record("subject-1", {"Happened": 2, "Ended": 1}).total == 3


def test_the_record_before_stays_unchanged() -> None:
    before = add_occurrence(None, Occurrence("Happened", "subject-1"))
    add_occurrence(before, Occurrence("Happened", "subject-1"))
    assert before.counts == {"Happened": 1}

"""What requests do with a record."""

import pytest

from ecom.errors import InvalidInput
from search_service.domain import Record, existing, write_text
from search_service.errors import NoSuchRecord
from search_service.inputs import own_record_id_of


def test_a_text_is_written() -> None:
    first = write_text(None, "record-1", "first")
    assert first == Record("record-1", text="first", version=1)
    assert write_text(first, "record-1", "second") == Record("record-1", text="second", version=2)


def test_the_same_text_changes_nothing() -> None:
    first = write_text(None, "record-1", "first")
    assert write_text(first, "record-1", "first") is first


def test_a_record_that_does_not_exist() -> None:
    with pytest.raises(NoSuchRecord):
        existing(None)


def test_owners_do_not_share_names() -> None:
    assert own_record_id_of("user-1", "a") != own_record_id_of("user-2", "a")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 44, "ä", None, 1])
def test_other_names_are_refused(name: object) -> None:
    with pytest.raises(InvalidInput):
        own_record_id_of("user-1", name)

"""Errors name the field and the rule. Timestamps have one format."""

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ecom.errors import InvalidInput
from ecom.times import timestamp
from ecom.validation import BIDIRECTIONAL, fields, integer, is_blank, label, paragraph, text


@pytest.mark.parametrize("value", [0, 11, True, "5", 5.0, None])
def test_an_integer_within_limits(value: Any) -> None:
    assert integer(5, "size", 1, 10) == 5
    with pytest.raises(InvalidInput, match="size must be a whole number from 1 to 10"):
        integer(value, "size", 1, 10)


def test_null_and_spaces_are_blank() -> None:
    assert all(map(is_blank, (None, "", " \t\n")))
    assert not any(map(is_blank, ("a", 0, False, [], {})))


@pytest.mark.parametrize(
    ("value", "message"),
    [("", "not empty"), ("  ", "not empty"), (7, "not empty"), ("a\ud800", "half a character"), ("abcd", "at most 3")],
)
def test_a_text_within_limits(value: Any, message: str) -> None:
    assert text(" a ", "name", 3) == " a "
    with pytest.raises(InvalidInput, match=f"^name .*{message}"):
        text(value, "name", 3)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a\nb", "no control characters, has U\\+000A at place 2"),
        ("\x00", "no control characters, has U\\+0000 at place 1"),
        ("ab\x7f", "no control characters, has U\\+007F at place 3"),
        ("\x9b1m", "no control characters, has U\\+009B at place 1"),
        ("a\u2028", "no control characters, has U\\+2028 at place 2"),
        *(
            (f"a{sign}", f"no bidirectional characters, has U\\+{ord(sign):04X} at place 2")
            for sign in sorted(BIDIRECTIONAL)
        ),
        ("abcde", "at most 4"),
        ("", "not empty"),
    ],
)
def test_a_label_is_shown_as_it_is_stored(value: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=f"^name must .*{message}"):
        label(value, "name", 4)


@pytest.mark.parametrize(
    "value", ["Tee & Öl", "שולחן", "طاولة", "日本茶", "\U0001f469\u200d\U0001f373", "a\u0301", "5\u00a0cm"]
)
def test_a_label_may_be_of_any_script(value: str) -> None:
    assert label(value, "name", 20) == value


@pytest.mark.parametrize("value", ["1 Street\r\n2nd floor", "a\tb", "\u200f日本茶\u200e", "北京 \U0001f600"])
def test_a_paragraph_has_lines_of_any_script(value: str) -> None:
    assert paragraph(value, "street", 40) == value


@pytest.mark.parametrize("character", ["\u0000", "\u001b", "\u202e", "\u2066", "\u2028", "\u0085"])
def test_a_paragraph_is_read_as_it_is_stored(character: str) -> None:
    with pytest.raises(InvalidInput, match=r"^street must have no (control|bidirectional) characters, has U"):
        paragraph(f"1 Street{character}", "street", 40)


def test_all_bidirectional_controls_of_unicode_are_known() -> None:
    controls = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}
    marks = {"\u200e", "\u200f", "\u061c"}  # their class is that of letters
    found = {chr(code) for code in range(0x110000) if unicodedata.bidirectional(chr(code)) in controls}
    assert found | marks == BIDIRECTIONAL


def test_an_object_has_known_fields_only_and_null_is_left_out() -> None:
    assert fields({"a": 1, "b": None}, "thing", ("a", "b")) == {"a": 1}
    with pytest.raises(InvalidInput, match="unknown fields in thing: c, d"):
        fields({"a": 1, "d": 1, "c": 1}, "thing", ("a",))
    with pytest.raises(InvalidInput, match="thing must be an object"):
        fields([], "thing", ())


def test_a_timestamp_is_utc_with_milliseconds() -> None:
    noon = datetime(2026, 3, 1, 12, 0, 0, 5000, tzinfo=UTC)
    assert timestamp(noon) == timestamp(noon.astimezone(timezone(timedelta(hours=2)))) == "2026-03-01T12:00:00.005Z"
    with pytest.raises(ValueError, match="without a zone"):
        timestamp(datetime(2026, 3, 1))  # noqa: DTZ001 - what is refused

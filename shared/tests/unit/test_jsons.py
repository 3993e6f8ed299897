"""JSON keeps every digit and makes no float."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom import jsons


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"price": Decimal("3990")}, '{"price":3990}'),
        ({"a": [Decimal("0.1000000000000000000000001"), 1]}, '{"a":[0.1000000000000000000000001,1]}'),
        (Decimal("1E+2"), "100"),
        ({"b", "a"}, '["a","b"]'),
        ({"name": 'Kör"ner', "n": None, "t": True}, '{"name":"Kör\\"ner","n":null,"t":true}'),
        ({"x": {"y": (Decimal("1.5"), "z")}}, '{"x":{"y":[1.5,"z"]}}'),
    ],
)
def test_a_value_is_written(value: Any, text: str) -> None:
    assert jsons.dumps(value) == text


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity"), {"a": Decimal("sNaN")}]
)
def test_a_value_without_json_form_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        jsons.dumps(value)


def test_an_unsupported_type_is_refused() -> None:
    with pytest.raises(TypeError):
        jsons.dumps({"a": object()})


@pytest.mark.parametrize("text", ['"\\ud800"', b'{"a": ["\\uDFFFx"]}', '{"\\ud83d": 1}'])
def test_half_a_surrogate_pair_is_refused(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="surrogates"):
        jsons.loads(text)


def test_an_escaped_character_is_accepted() -> None:
    assert jsons.loads('"\\ud83d\\ude00 \\u00e9"') == "\U0001f600 \u00e9"


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", '{"a": NaN}'])
def test_invalid_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        jsons.loads(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20))
def test_every_decimal_survives(number: Decimal) -> None:
    assert Decimal(jsons.loads(jsons.dumps([number]))[0]) == number


@pytest.mark.parametrize("text", ["[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000])
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="nested too deeply"):
        jsons.loads(text)

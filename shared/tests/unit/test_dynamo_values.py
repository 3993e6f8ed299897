"""Items in DynamoDB's typed form, and back."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from ecom.dynamo_values import MAX_PLAIN_INT, plain, typed

numbers = st.integers(-(10**37), 10**37) | st.decimals(-(10**9), 10**9, places=3)
leaves = st.none() | st.booleans() | st.text() | numbers | st.binary() | st.sets(st.text(min_size=1), min_size=1)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=12)


@given(st.dictionaries(st.text(), values))
def test_the_typed_form_is_that_of_boto3(item: dict[str, Any]) -> None:
    serializer = TypeSerializer()
    assert typed(item) == {name: serializer.serialize(value) for name, value in item.items()}


@pytest.mark.parametrize("value", [MAX_PLAIN_INT, 1 - MAX_PLAIN_INT, True, "", Decimal("1.5"), [{"a": [None]}]])
def test_a_value_comes_back(value: Any) -> None:
    (found,) = plain(typed({"it": value})).values()
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize("value", [1.5, [1.5], {"a": 1.5}, 10**40 + 1, object()])
def test_what_dynamodb_does_not_store_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ArithmeticError)):
        typed({"it": value})

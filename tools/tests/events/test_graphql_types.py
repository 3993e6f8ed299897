"""The types of GraphQL responses correspond to the schema."""

import typing
from typing import Any

import pytest

from tools import ROOT
from tools.events.generate import GRAPHQL, wanted
from tools.events.graphql_types import SCHEMA, text

SHOP = """
type Query { order: Order }
"Where it stands."
enum Stage { NEW DONE }
type Order {
  id: ID!
  "In minor units."
  total: Int
  stage: Stage!
  lines: [Line!]!
  tags: [String]
  at: AWSDateTime!
}
type Line { quantity: Int!  of: Order }
input Wish { id: ID! }
"""


def run(module: str) -> dict[str, Any]:
    made: dict[str, Any] = {"__name__": "made"}
    exec(compile(module, "made", "exec"), made)  # noqa: S102 - our own output
    return made


def test_each_type_is_a_class_with_its_nullable_fields() -> None:
    made = run("from __future__ import annotations\n" + text(SHOP))
    assert {"Query", "Wish"}.isdisjoint(made)
    fields = {name: kind.__forward_arg__ for name, kind in made["Order"].__annotations__.items()}
    assert fields == {
        "id": "str",
        "total": "int | None",
        "stage": "Stage",
        "lines": "list[Line]",
        "tags": "list[str | None] | None",
        "at": "Any",
    }
    assert typing.get_args(made["Stage"]) == ("NEW", "DONE")


def test_the_description_of_a_field_becomes_a_comment() -> None:
    assert "    # In minor units.\n    total: int | None\n" in text(SHOP)


def test_only_what_the_types_use_is_imported() -> None:
    module = text('type Cart {\n  "Anyone may read it. Any of them."\n  id: ID!\n}\n')
    assert "from typing import TypedDict\n" in module


@pytest.mark.parametrize("name", ["Order", "Stock", "Delivery", "PackagingRequest", "CreateOrderResponse"])
def test_the_types_of_the_api_are_those_of_its_schema(name: str) -> None:
    made = run(text((ROOT / SCHEMA).read_text()))
    assert typing.is_typeddict(made[name])


def test_a_stale_copy_is_noticed() -> None:
    """`stale` compares the file with this text."""
    assert (ROOT / GRAPHQL).read_text() == wanted()[GRAPHQL]

"""What is checked when all others have finished: secrets in rows, and what an order leaves that was deleted."""

from typing import Any

import pytest

from ecom.dynamo_values import typed
from tools.sim.invariants.deletion import violations_of_deleted
from tools.sim.invariants.reading import TOKENS, Reading
from tools.sim.invariants.secrets_in_rows import u1_no_card_is_stored, u1_no_payment_token_is_stored_in_clear
from tools.sim.people.shopper import CARD_NUMBER
from tools.tests.sim.quiet import OWN, TOKEN, names_in, row, world

GONE = {
    "provider": row("provider", TOKEN, status="CANCELLED"),
    "warehouse": {
        OWN: {"id": f"order#{OWN}", "status": "CANCELLED", "lines": []},
        "p": {"id": "stock#p", "available": 9, "reserved": 0},
    },
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"provider": row("provider", TOKEN, status="HELD")}, ["M3"]),
        ({"warehouse": {**GONE["warehouse"], OWN: {"id": f"order#{OWN}", "status": "NEW", "lines": []}}}, ["K2"]),
        ({"warehouse": {**GONE["warehouse"], OWN: None}}, ["K2"]),
        ({"warehouse": {**GONE["warehouse"], "p": {"id": "stock#p", "available": 8, "reserved": 1}}}, ["K2"]),
        ({"warehouse": {**GONE["warehouse"], "p": {"id": "stock#p", "available": 10, "reserved": 0}}}, ["K2"]),
    ],
)
def test_a_deleted_order_leaves_no_hold_and_no_stock(changed: Any, expected: list[str]) -> None:
    after = Reading(world(**{**GONE, **changed}))
    before = {"available": 8, "reserved": 1}
    assert [violation.name for violation in violations_of_deleted(after, OWN, TOKEN, "p", before)] == expected


@pytest.mark.parametrize(("value", "expected"), [("1111", []), (CARD_NUMBER, ["U1"]), (f"card {CARD_NUMBER}", ["U1"])])
def test_no_row_has_the_number_of_a_card(value: str, expected: list[str]) -> None:
    found = world(provider=row("provider", TOKEN, lastFour=value))
    assert names_in(u1_no_card_is_stored, found) == expected


@pytest.mark.parametrize(("key", "expected"), [("a-hash", []), (TOKEN, ["U1"]), (f"token#{TOKEN}", ["U1"])])
def test_payment_tokens_are_hashed(key: str, expected: list[str]) -> None:
    found = world()
    found.tables[TOKENS] = {(key,): typed({"tokenHash": key})}
    assert names_in(u1_no_payment_token_is_stored_in_clear, found) == expected

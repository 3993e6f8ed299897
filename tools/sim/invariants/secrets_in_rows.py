"""U1: no row that is left at the end has the number of a card, and the table of payment tokens has none in clear."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.sim.invariants.reading import TOKENS, Reading
from tools.sim.invariants.violation import Violation
from tools.sim.people.shopper import CARD_NUMBER

if TYPE_CHECKING:
    from tools.sim.world import World


def u1_no_card_is_stored(world: "World") -> Iterator[Violation]:
    for name, table in world.store.tables.items():
        if CARD_NUMBER in json.dumps([*table.items.values()], default=str):
            yield Violation("U1", f"{name} has the number of a card")


def u1_no_payment_token_is_stored_in_clear(world: "World") -> Iterator[Violation]:
    """A payment token lets its holder pay with the hold. *orders* stores it in the order; the table of tokens has its
    SHA-256 only."""
    stored = json.dumps([*world.items(TOKENS).values()], default=str)
    for token in sorted(Reading(world).holds()):
        if token in stored:
            yield Violation("U1", "the table of payment tokens has one in clear", token)

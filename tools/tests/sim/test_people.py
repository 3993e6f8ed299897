"""People of the simulator: what they do when an answer is an error."""

from collections import Counter
from typing import Any

import pytest

from tools.sim.graphql import GraphQLError
from tools.sim.people.cart_owner import Browser, Wanted
from tools.sim.people.person import Person
from tools.sim.people.till import TillShopper


class _Asking(Person):
    """A person whose questions have these answers, one after another."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.name, self._asked = "ann", Counter()

    def ask(self, field: str, **_arguments: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, least: float, most: float, why: str) -> None:
        pass


@pytest.mark.parametrize("error_type", ["TRY_AGAIN", "Lambda:Unhandled", "REFUSED"])
def test_a_person_insists_when_the_error_may_end_by_itself(error_type: str) -> None:
    person = _Asking(GraphQLError(error_type, "later"), {"cartId": "c"})
    assert person.insist("mergeCart", cartId="c") == {"cartId": "c"}


def test_a_definite_error_reaches_the_script() -> None:
    with pytest.raises(GraphQLError):
        _Asking(GraphQLError("INVALID_INPUT", "no"), {"cartId": "c"}).insist("mergeCart", cartId="c")


class _Till(TillShopper):
    """A shopper whose first `updateCart` sets the units and answers with an error; the units are ordered at once."""

    def __init__(self) -> None:
        self._asked, self.name = Counter(), "ann"
        self._cart = Wanted()
        self.version, self.units = 4, 0
        self._browser = _Window(self, self._cart)

    def chance(self, rate: float, what: str) -> bool:
        return False

    def wait(self, low: float, high: float, why: str) -> None:
        pass

    def number(self, low: int, high: int, what: str) -> int:
        return high

    def says(self, text: str) -> None:
        pass


class _Window(Browser):
    def __init__(self, till: _Till, cart: Wanted) -> None:
        self._till, self.cart = till, cart
        self._asked, self.name, self._says, self._where = Counter(), "ann", till.says, "here"

    def wait(self, low: float, high: float, why: str) -> None:
        pass

    def ask(self, field: str, **arguments: Any) -> Any:
        self._asked[field] += 1
        if field == "getCart":
            return {"version": self._till.version}
        change = arguments["input"]
        if change["expectedVersion"] not in (None, self._till.version):
            raise GraphQLError("CONFLICT", "the cart is at another version")
        self._till.version += 1
        self._till.units = change["quantity"]
        if self._asked[field] == 1:
            self._till.version += 1
            self._till.units = 0
            raise GraphQLError("Lambda:Unhandled", "the function died after its write")
        return {"cartId": "c"}


def test_units_that_were_ordered_are_not_put_in_again_by_a_repeat() -> None:
    till = _Till()
    till._put_more("p", 1)
    assert till.units == 0
    assert till._cart.units == {"p": {0, 3}}

"""People of the simulator: what they do when an answer is an error."""

from collections import Counter
from typing import Any

import pytest

from tools.sim.graphql import GraphQLError
from tools.sim.people.person import Person


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

"""The deployed search, as its callers use it."""

from typing import Any

import pytest

from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform

pytestmark = pytest.mark.deployed

QUERY = "query Q($id: ID!) { getHit(hitId: $id) { hitId text total version } }"
MUTATION = """
mutation M($id: ID!, $text: String!) { putHit(hitId: $id, text: $text) { hitId text total version } }
"""


def test_the_fields_of_graphql(platform_outside: Platform, shopper: Person, admin: Person) -> None:
    name = new_id()

    def ask(person: Person, query: str, **variables: str) -> Any:
        return platform_outside.graphql(query, {"id": name, **variables}, token=person.id_token).body

    assert ask(shopper, QUERY) == {"data": {"getHit": None}}
    written = ask(shopper, MUTATION, text="first")["data"]["putHit"]
    assert (written["hitId"], written["text"], written["version"]) == (name, "first", 1)
    assert ask(shopper, QUERY)["data"]["getHit"]["text"] == "first"
    assert ask(admin, QUERY) == {"data": {"getHit": None}}
    assert ask(shopper, MUTATION, text="")["errors"][0]["errorType"] == "INVALID_INPUT"

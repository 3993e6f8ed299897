"""Each field, route and role has verdicts in docs/authorisation.yaml, and they are those of schema, documents and
policies."""

from pathlib import Path

import pytest

from tools.project.authorisation import FILE, expected, expected_roles, fields, roles, routes

# The functions of these routes check the merchant's secret themselves; a test on the running platform sees it.
MERCHANT = "payment-3p"


def test_each_field_of_the_schema_has_a_row() -> None:
    assert set(expected()["graphql"]) == set(fields())


def test_each_route_has_a_row() -> None:
    assert set(expected()["rest"]) == set(routes())


@pytest.mark.parametrize("name", fields())
def test_the_schema_lets_in_whom_the_row_says(name: str) -> None:
    assert expected()["graphql"][name].reach == fields()[name]


@pytest.mark.parametrize("name", [name for name in routes() if not name.startswith(MERCHANT)])
def test_api_gateway_lets_in_whom_the_row_says(name: str) -> None:
    assert expected()["rest"][name].reach == routes()[name]


def test_the_roles_of_functions_allow_the_calls_that_are_listed() -> None:
    assert expected_roles() == roles()


@pytest.mark.parametrize("row", ["yes no", "no no no no no no no perhaps"])
def test_a_row_needs_a_verdict_for_each_caller(tmp_path: Path, row: str) -> None:
    callers = "[anonymous, api key, partner key, shopper, admin, warehouse, delivery, service]"
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_text(f"callers: {callers}\ngraphql: {{ Query.a: {row} }}\nrest: {{}}\n")
    with pytest.raises(ValueError, match=r"Query\.a needs"):
        expected(tmp_path)

"""The schema only grows: names, types, nullability, arguments and access stay as in the contract."""

from pathlib import Path
from typing import Any

import graphql
import pytest

HERE = Path(__file__).parent


def fields(path: Path) -> dict[str, dict[str, str]]:
    """For each field and each type: everything that a client depends on."""
    found: dict[str, dict[str, str]] = {}
    for node in graphql.parse(path.read_text()).definitions:
        name = getattr(node, "name", None)
        if name is None:
            continue
        found[name.value] = {"directives": printed(getattr(node, "directives", ()))}
        for field in getattr(node, "fields", ()) or ():
            found[f"{name.value}.{field.name.value}"] = {
                "type": graphql.print_ast(field.type),
                "directives": printed(field.directives),
                **{
                    f"argument {argument.name.value}": graphql.print_ast(argument.type)
                    for argument in getattr(field, "arguments", ()) or ()
                },
            }
    return found


def printed(nodes: Any) -> str:
    return " ".join(sorted(graphql.print_ast(node) for node in nodes or ()))


CONTRACT = fields(HERE / "contract.graphql")
OURS = fields(HERE.parents[1] / "schema.graphql")


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contract_is_unchanged(name: str) -> None:
    assert OURS.get(name) == CONTRACT[name]


def test_new_arguments_and_input_fields_are_optional() -> None:
    for name, attributes in OURS.items():
        for key, given in attributes.items():
            if key.startswith("argument ") and key not in CONTRACT.get(name, {key: ""}):
                assert not given.endswith("!"), f"{name}: {key} would break clients"

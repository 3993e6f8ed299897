"""A GraphQL document for each field of the API, which asks for everything that the field has."""

from collections.abc import Mapping
from functools import cache

from graphql import (
    FieldDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    TypeNode,
    parse,
    print_ast,
)

from tools.sim.modules import ROOT

SCHEMA = ROOT / "frontend-api" / "schema.graphql"
OPERATIONS = {"Query": "query", "Mutation": "mutation"}


@cache
def _objects() -> Mapping[str, ObjectTypeDefinitionNode]:
    nodes = parse(SCHEMA.read_text()).definitions
    return {node.name.value: node for node in nodes if isinstance(node, ObjectTypeDefinitionNode)}


@cache
def document(field: str) -> str:
    """Raises KeyError for a field that the API does not have."""
    for root, operation in OPERATIONS.items():
        for found in _objects()[root].fields:
            if found.name.value == field:
                return _of(found, operation)
    raise KeyError(field)


def _of(field: FieldDefinitionNode, operation: str) -> str:
    given = [(each.name.value, print_ast(each.type)) for each in field.arguments]
    variables = f"({', '.join(f'${name}: {kind}' for name, kind in given)})" if given else ""
    arguments = f"({', '.join(f'{name}: ${name}' for name, _ in given)})" if given else ""
    return f"{operation} Ask{variables} {{ {field.name.value}{arguments}{_selection(field.type)} }}"


def _selection(kind: TypeNode) -> str:
    while isinstance(kind, NonNullTypeNode | ListTypeNode):
        kind = kind.type
    found = _objects().get(kind.name.value) if isinstance(kind, NamedTypeNode) else None
    if found is None:  # a scalar or an enum
        return ""
    return f" {{ {' '.join(f'{each.name.value}{_selection(each.type)}' for each in found.fields)} }}"

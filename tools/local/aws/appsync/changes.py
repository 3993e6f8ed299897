"""What subscribers get of a mutation: its answer, by the names of the fields.

Subscribers see the fields that the mutation selected and that its caller was allowed to see; all other fields are null
for them. So the changes are taken from the answer, not from the resolver's result.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionSetNode,
    is_abstract_type,
)

from tools.local.aws.appsync.documents import Operation
from tools.local.aws.appsync.schema import Schema

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One mutation field that returned a value, and the value."""

    mutation: str
    payload: Any


def changes(
    result: ExecutionResult, operation: Operation, types: Mapping[Path, str], schema: Schema
) -> Iterator[Change]:
    """The changes of an executed mutation. A field that failed or returned null is no change."""
    if result.data is None:
        return
    reader = _Reader(operation, types, schema.graphql)
    root = schema.graphql.mutation_type
    for key, nodes in reader.fields([operation.definition.selection_set], root.name if root else "").items():
        value = result.data.get(key)
        if value is not None and not nodes[0].name.value.startswith("__"):
            yield Change(nodes[0].name.value, reader.by_names(value, _below(nodes), (key,)))


class _Reader:
    def __init__(self, operation: Operation, types: Mapping[Path, str], schema: GraphQLSchema) -> None:
        self._types, self._schema = types, schema
        self._fragments = {
            node.name.value: node for node in operation.document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def by_names(self, value: Any, selections: list[SelectionSetNode], path: Path) -> Any:
        """The value with fields under their own names. A field that is selected twice has the subfields of both
        selections."""
        if isinstance(value, list):
            return [self.by_names(item, selections, (*path, place)) for place, item in enumerate(value)]
        if not isinstance(value, dict) or not selections:
            return value
        kind = self._types.get(path, "")
        found: dict[str, Any] = {"__typename": kind}
        for key, nodes in self.fields(selections, kind).items():
            if key in value:
                name, below = nodes[0].name.value, self.by_names(value[key], _below(nodes), (*path, key))
                found[name] = _merged(found[name], below) if name in found else below
        return found

    def fields(self, selections: Iterable[SelectionSetNode], kind: str) -> dict[str, list[FieldNode]]:
        """The selected fields of an object of this type, by their keys in the answer."""
        found: dict[str, list[FieldNode]] = {}
        for selection in selections:
            self._collect(selection, kind, found)
        return found

    def _collect(self, selection: SelectionSetNode, kind: str, found: dict[str, list[FieldNode]]) -> None:
        for node in selection.selections:
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
                continue
            inner: Any = node
            if isinstance(node, FragmentSpreadNode):
                inner = self._fragments[node.name.value]
            if isinstance(inner, InlineFragmentNode | FragmentDefinitionNode) and self._is(kind, inner.type_condition):
                self._collect(inner.selection_set, kind, found)

    def _is(self, kind: str, condition: NamedTypeNode | None) -> bool:
        if condition is None or condition.name.value == kind:
            return True
        wanted, own = self._schema.type_map.get(condition.name.value), self._schema.type_map.get(kind)
        return (
            isinstance(own, GraphQLObjectType)
            and is_abstract_type(wanted)
            and self._schema.is_sub_type(_abstract(wanted), own)
        )


def _abstract(kind: Any) -> GraphQLAbstractType:
    abstract: GraphQLAbstractType = kind
    return abstract


def _below(nodes: list[FieldNode]) -> list[SelectionSetNode]:
    return [node.selection_set for node in nodes if node.selection_set]


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        both = {**one, **other}
        return {key: _merged(one[key], other[key]) if key in one and key in other else both[key] for key in both}
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [_merged(first, second) for first, second in zip(one, other, strict=True)]
    return one

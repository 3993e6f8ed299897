"""From a query's text to an operation that is safe to run.

The cost of a hostile text is bounded before it arises: its length by the request's limit, its tokens and nesting by a
scan that neither recurses nor builds anything, its fields after fragments are expanded. graphql-core bounds the
comparison of overlapping fields and nested introspection. Valid documents are cached, since a storefront sends the same
few again and again.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    Lexer,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Source,
    TokenKind,
    parse,
    validate,
)
from graphql.validation import specified_rules
from graphql.validation.rules.overlapping_fields_can_be_merged import OverlappingFieldsCanBeMergedRule

from tools.local.aws.appsync.errors import malformed
from tools.local.aws.appsync.schema import Schema
from tools.local.aws.appsync.validation import IntrospectionIsOffRule, QueryProblem, describe

MAX_TOKENS = 10_000
MAX_NESTING = 100
MAX_FRAGMENTS = 100
# The highest limit that AppSync accepts. It also applies when none is set.
MAX_DEPTH = 75
# Fields of one operation after fragments are expanded. Each costs time even when nothing is resolved.
MAX_FIELDS = 2_000
# Fields of one selection: overlapping fields are compared pairwise.
MAX_SAME_LEVEL = 500

_OPENING = frozenset({TokenKind.BRACE_L, TokenKind.PAREN_L, TokenKind.BRACKET_L})
_CLOSING = frozenset({TokenKind.BRACE_R, TokenKind.PAREN_R, TokenKind.BRACKET_R})
_INTROSPECTION = frozenset({"__schema", "__type", "__typename"})


@dataclass(frozen=True, slots=True)
class Operation:
    """A valid document and one operation of it."""

    document: DocumentNode
    definition: OperationDefinitionNode
    depth: int


Operations = list[Operation]


@dataclass(frozen=True, slots=True)
class _Size:
    depth: int = 0
    fields: int = 0


class Documents:
    """Reads queries and caches the last few hundred valid ones. Safe to use from several threads."""

    def __init__(self, keep: int = 256, keep_length: int = 16_384) -> None:
        self._known: OrderedDict[tuple[int, bool, str], tuple[Schema, Operations]] = OrderedDict()
        self._keep, self._keep_length = keep, keep_length
        self._lock = threading.Lock()

    def read(self, query: str, name: str | None, schema: Schema, *, introspection: bool) -> Operation:
        """The operation to run; raises RequestRefused or QueryProblem."""
        # The schema is stored with the entry, so that its id cannot be reused for another one.
        key = (id(schema), introspection, query)
        with self._lock:
            known = self._known.get(key)
            if known is not None:
                self._known.move_to_end(key)
                return _choose(known[1], name)
        document = _parse(query)
        operations = _validate(document, schema, introspection=introspection)
        if len(query) <= self._keep_length:
            with self._lock:
                self._known[key] = (schema, operations)
                if len(self._known) > self._keep:
                    self._known.popitem(last=False)
        return _choose(operations, name)


def _parse(query: str) -> DocumentNode:
    try:
        _scan(query)
        document = parse(query)
    except GraphQLSyntaxError:
        raise malformed("Unable to parse GraphQL query.") from None
    if not all(isinstance(node, OperationDefinitionNode | FragmentDefinitionNode) for node in document.definitions):
        raise malformed("Unable to parse GraphQL query.")
    if sum(isinstance(node, FragmentDefinitionNode) for node in document.definitions) > MAX_FRAGMENTS:
        raise malformed(f"Unable to run GraphQL query: it has more than {MAX_FRAGMENTS} fragments.")
    return document


def _scan(query: str) -> None:
    """Refuse a text with too many tokens or too deep nesting, before the parser recurses into it."""
    lexer, tokens, depth = Lexer(Source(query)), 0, 0
    while (token := lexer.advance()).kind is not TokenKind.EOF:
        tokens += 1
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        if tokens > MAX_TOKENS or depth > MAX_NESTING:
            raise malformed("Unable to parse GraphQL query: it is too large or nested too deeply.")


def _validate(document: DocumentNode, schema: Schema, *, introspection: bool) -> Operations:
    """Validate a document and measure its operations. The costly check runs after the size check."""
    first = [rule for rule in specified_rules if rule is not OverlappingFieldsCanBeMergedRule]
    rules = first if introspection else [*first, IntrospectionIsOffRule]
    problems = validate(schema.graphql, document, rules, max_errors=20)
    operations: Operations = []
    if not problems:
        operations = _measured(document)
        problems = validate(schema.graphql, document, [OverlappingFieldsCanBeMergedRule], max_errors=20)
    if problems:
        raise QueryProblem([describe(problem, document) for problem in problems])
    return operations


def _measured(document: DocumentNode) -> Operations:
    """The operations with their depth. Validation has excluded cycles of fragments."""
    measure, operations = _Measure(document), []
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        try:
            extent = measure.of(node.selection_set)
        except RecursionError:
            raise malformed("Unable to run GraphQL query: it is nested too deeply.") from None
        if extent.depth > MAX_DEPTH:
            raise malformed("Unable to run GraphQL query: it is nested too deeply.")
        if extent.fields > MAX_FIELDS:
            raise malformed(f"Unable to run GraphQL query: it selects more than {MAX_FIELDS} fields.")
        operations.append(Operation(document, node, extent.depth))
    if measure.widest() > MAX_SAME_LEVEL:
        raise malformed(f"Unable to run GraphQL query: one selection has more than {MAX_SAME_LEVEL} fields.")
    return operations


def _choose(operations: Operations, name: str | None) -> Operation:
    if name:
        for operation in operations:
            if operation.definition.name and operation.definition.name.value == name:
                return operation
        raise malformed(f"Unknown operation named '{name}'.")
    if len(operations) != 1:
        raise malformed("Must provide operation name if query contains multiple operations.")
    return operations[0]


class _Measure:
    """The depth and size of selections. Each fragment is measured once."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._document = document
        self._known: dict[str, _Size] = {}

    def of(self, selections: SelectionSetNode | None) -> _Size:
        """Introspection does not count towards the depth: its standard query is deeper than most limits."""
        found = [self._one(node) for node in selections.selections] if selections else []
        return _Size(
            depth=max((extent.depth for extent in found), default=0),
            fields=sum(extent.fields for extent in found),
        )

    def _one(self, node: SelectionNode) -> _Size:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        below = self.of(getattr(node, "selection_set", None))
        if not isinstance(node, FieldNode):
            return below
        depth = 0 if node.name.value in _INTROSPECTION else below.depth + 1
        return _Size(depth, below.fields + 1)

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            self._known[name] = self.of(self._fragments[name].selection_set)
        return self._known[name]

    def widest(self) -> int:
        """The largest number of fields in one selection set as written."""
        widest, waiting = 0, [getattr(node, "selection_set", None) for node in self._document.definitions]
        while waiting:
            selections = waiting.pop()
            if selections is None:
                continue
            widest = max(widest, len(selections.selections))
            waiting.extend(getattr(node, "selection_set", None) for node in selections.selections)
        return widest

"""A query is read, or refused with AppSync's texts and in bounded time."""

import time

import pytest
from graphql import get_introspection_query

from tools.local.aws.appsync.documents import Documents, Operation
from tools.local.aws.appsync.errors import RequestRefused
from tools.local.aws.appsync.schema import compile_schema
from tools.local.aws.appsync.validation import QueryProblem

SCHEMA = compile_schema(
    """
    type Query { self(in: In, id: ID): Query  need(id: ID!): Int  leaf: Int  list: [Query] }
    input In { in: In  n: Int  many: [Int] }
    """
)
# Processor time: far below the cost of an unbounded check.
SANE_SECONDS = 5.0


def read(text: str, name: str | None = None, *, introspection: bool = True) -> Operation:
    return Documents().read(text, name, SCHEMA, introspection=introspection)


def problems(text: str, *, introspection: bool = True) -> list[str]:
    with pytest.raises(QueryProblem) as caught:
        read(text, introspection=introspection)
    assert all(set(error) == {"path", "locations", "message"} for error in caught.value.errors)
    return [error["message"].removeprefix("Validation error of type ") for error in caught.value.errors]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{ nope }", "FieldUndefined: Field 'nope' in type 'Query' is undefined @ 'nope'"),
        ("{ self { lef } }", "FieldUndefined: Field 'lef' in type 'Query' is undefined @ 'self/lef'"),
        ("{ need }", "MissingFieldArgument: Missing field argument id @ 'need'"),
        ("{ leaf(x: 1) }", "UnknownArgument: Unknown field argument x @ 'leaf'"),
        ("{ self }", "SubSelectionRequired: Sub selection required for type Query of field self @ 'self'"),
        ("{ leaf { x } }", "SubSelectionNotAllowed: Sub selection not allowed on leaf type Int of field leaf @ 'leaf'"),
        ("query ($a: Nope) { leaf }", "UnknownType: Unknown type Nope"),
        ("query ($a: Int) { leaf }", "UnusedVariable: Unused variable a"),
        ("{ need(id: $a) }", "UndefinedVariable: Undefined variable a @ 'need'"),
        ("{ ...f }", "UndefinedFragment: Undefined fragment f"),
        (
            "query ($a: Int) { need(id: $a) }",
            "VariableTypeMismatch: Variable type 'Int' doesn't match expected type 'ID!'",
        ),
        ('{ self(in: {n: "secret"}) { leaf } }', "WrongType: a value is not a valid 'Int' @ 'self'"),
        ("{ self(in: {x: 1}) { leaf } }", "WrongType: 'In' has no field 'x' @ 'self'"),
    ],
)
def test_validation_errors_have_appsyncs_texts(text: str, problem: str) -> None:
    assert problem in problems(text)
    assert "secret" not in str(problems(text))
    assert "Did you mean" not in str(problems(text))


@pytest.mark.parametrize(
    "text", ["meow", "{}", "{", "{}}", "type Query { a: Int }", "query { leaf", "{ leaf(x: \u0007) }"]
)
def test_not_a_query(text: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        read(text)
    assert (caught.value.status, caught.value.error_type) == (400, "MalformedHttpRequestException")
    assert caught.value.message == "Unable to parse GraphQL query."


def test_the_requested_operation() -> None:
    two = "query A { leaf } query B { self { leaf } }"
    assert read(two, "B").depth == 2
    for name in (None, "C"):
        with pytest.raises(RequestRefused):
            read(two, name)


def test_introspection_is_free_and_can_be_closed() -> None:
    assert read(get_introspection_query()).depth == 0
    for text, field in (("{ __schema { types { name } } }", "__schema"), ('{ __type(name: "In") { name } }', "__type")):
        read(text)
        assert problems(text, introspection=False) == [
            f"FieldUndefined: Field '{field}' in type 'Query' is undefined @ '{field}'"
        ]
    assert read("{ __typename }", introspection=False).depth == 0


def test_depth_goes_through_fragments() -> None:
    assert read("{ self { ...f } } fragment f on Query { self { ... on Query { self { leaf } } } }").depth == 4


HOSTILE = {
    "deep": "{ self" * 300 + "{ leaf }" + "}" * 300,
    "deeper than any limit": "{ self" * 80 + "{ leaf }" + "}" * 80,
    "wide": "{" + " self { leaf }" * 990 + "}",
    "wide and deep": "{" + " self { self { self { leaf } } }" * 450 + "}",
    "long": "{" + "leaf " * 200_000 + "}",
    "a chain of fragments": "{...f0}"
    + "".join(f" fragment f{i} on Query {{ self {{ ...f{i + 1} }} }}" for i in range(98))
    + " fragment f98 on Query { leaf }",
    "many fragments": "{...f0}"
    + "".join(f" fragment f{i} on Query {{ ...f{i + 1} }}" for i in range(800))
    + " fragment f800 on Query { leaf }",
    "doubling fragments": "{...f0}"
    + "".join(f" fragment f{i} on Query {{ a: self {{ ...f{i + 1} }} b: self {{ ...f{i + 1} }} }}" for i in range(60))
    + " fragment f60 on Query { leaf }",
    "a circle": "{...a} fragment a on Query { ...b } fragment b on Query { ...a }",
    "overlapping fragments": "{"
    + "".join(f" ...f{i}" for i in range(99))
    + "}"
    + "".join(f" fragment f{i} on Query {{ {'self { leaf } ' * 22} }}" for i in range(99)),
    "nested introspection": "{ __schema { types { " + "fields { type { " * 8 + "name" + " } }" * 8 + " } } }",
    "nested lists": "{ self(in: {many: " + "[" * 500 + "]" * 500 + "}) { leaf } }",
    "many unused variables": "query (" + "".join(f"$v{i}: Int " for i in range(1500)) + ") { leaf }",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_queries_are_refused_soon(name: str) -> None:
    start = time.process_time()
    with pytest.raises((RequestRefused, QueryProblem)):
        read(HOSTILE[name])
    assert time.process_time() - start < SANE_SECONDS


def test_a_parsed_document_is_cached() -> None:
    documents, text = Documents(keep=2), "{ leaf }"
    first = documents.read(text, None, SCHEMA, introspection=True)
    assert documents.read(text, None, SCHEMA, introspection=True) is first
    # Results for one schema, or with open introspection, must not be used elsewhere.
    other = compile_schema("type Query { other: Int }")
    with pytest.raises(QueryProblem):
        documents.read(text, None, other, introspection=True)
    documents.read("{ __schema { types { name } } }", None, SCHEMA, introspection=True)
    with pytest.raises(QueryProblem):
        documents.read("{ __schema { types { name } } }", None, SCHEMA, introspection=False)
    assert documents.read(text, None, SCHEMA, introspection=True) is first
    for query in ("{ a: leaf }", "{ b: leaf }"):
        documents.read(query, None, SCHEMA, introspection=True)
    assert documents.read(text, None, SCHEMA, introspection=True) is not first

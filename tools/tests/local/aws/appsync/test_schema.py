"""Schemas that AppSync would refuse are refused with the place. Scalars keep their forms."""

from typing import Any

import pytest
from graphql import GraphQLError, parse_value

from tools.deploy.graphql_schema import for_appsync
from tools.local.aws.appsync.errors import SchemaError
from tools.local.aws.appsync.model import Mode
from tools.local.aws.appsync.scalars import SCALARS
from tools.local.aws.appsync.schema import compile_schema
from tools.local.home import ROOT


def test_the_schema_of_the_platform() -> None:
    path = ROOT / "frontend-api" / "schema.graphql"
    schema = compile_schema(for_appsync(path.read_text(), str(path)))
    modes = {rule.mode for rule in schema.rules["Query", "getProducts"].rules}
    assert modes == {Mode.API_KEY, Mode.USER_POOL}
    (admin,) = schema.rules["Mutation", "createProduct"].rules
    assert admin.groups == frozenset({"admin"})


def test_subscriptions_know_their_mutations() -> None:
    text = """
      type Query { a: Int } type Mutation { m: Int n: Int }
      type Subscription { s: Int @aws_subscribe(mutations: ["m", "n"]) }
    """
    assert compile_schema(text).subscriptions["s"].mutations == ("m", "n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("type Query { a: Nope }", "Unknown type 'Nope'. (line 1, column 17)"),
        ("type Query {\n  a: Int", "(line 2, column 9)"),
        ('type Query {\n  "Why."\n  a: Int\n}', "Failed to parse schema document"),
        ('type Query {\n  "Why."\n  a: Int\n}', "(line 2: a string description; write a comment)"),
        ("type Query { a: Int }\n#\n", "(line 2: an empty comment)"),
        ("type Query { a: A }\nenum A {\n # never null\n B }", "(line 3: a comment above an enum value"),
        ("type A { a: Int }", "Query root type must be provided."),
        ("type Query { a: Int @nope }", "Unknown directive '@nope'."),
        ("type Query { a: Int a: Int }", "can only be defined once"),
        ("type Query { a: Int @aws_auth }", "'cognito_groups'"),
        ("type Query { a: Int @aws_cognito_user_pools(groups: 1) }", "Unknown argument 'groups'"),
        ("type Query @aws_subscribe(mutations: []) { a: Int }", "may not be used on object"),
        ("type Query { a(b: A): Int } type A { c: Int }", "must be a GraphQL input type"),
        ("   ", "the schema is empty"),
        ("type Query { a: Int } " + " " * 1_000_001, "larger than 1 MB"),
    ],
)
def test_invalid_schemas(text: str, reason: str) -> None:
    with pytest.raises(SchemaError) as caught:
        compile_schema(text)
    assert reason in str(caught.value)


GOOD: dict[str, list[Any]] = {
    "AWSDate": ["2026-11-21", "2026-11-21Z", "2026-11-21-07:00"],
    "AWSTime": ["12:30", "12:30:24", "12:30:24.500", "12:30:24Z", "12:30:24.5+07:00"],
    "AWSDateTime": ["2026-11-21T12:30:24Z", "2026-11-21T12:30:24.500+01:00", "2026-11-21T12:30Z"],
    "AWSTimestamp": [0, 1_800_000_000, -5],
    "AWSEmail": ["a@b.dk", "a.b+c@example.com"],
    "AWSJSON": ["{}", "[1]", '"x"', "null", "1"],
    "AWSURL": ["https://example.com/a?b#c", "ftp://x", "s3://bucket/key"],
    "AWSPhone": ["+45 12 34 56 78", "123-456-7890", "(123) 456", "1234567890"],
    "AWSIPAddress": ["127.0.0.1", "10.0.0.0/8", "::1", "1.2.3.4/24"],
}
BAD: dict[str, list[object]] = {
    "AWSDate": ["2026-13-01", "2026-02-30", "21-11-2026", "2026-11-21T00:00:00Z", 1, None, ""],
    "AWSTime": ["25:00:00", "12", "12:61", 1],
    "AWSDateTime": ["2026-11-21T12:30:24", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21 12:30:24Z", 1],
    "AWSTimestamp": ["1", 1.5, True],
    "AWSEmail": ["a", "@b", "a@", "a b@c", 1],
    "AWSJSON": ["{", "x", "", 1, {}],
    "AWSURL": ["example.com", "https://", "https://a//b", "https://a b", 1],
    "AWSPhone": ["nonsense", "+", 12, "++1234"],
    "AWSIPAddress": ["300.1.1.1", "localhost", "1.2.3.4/99", 1],
}


@pytest.mark.parametrize("name", SCALARS)
def test_scalars(name: str) -> None:
    scalar = SCALARS[name]
    for good in GOOD[name]:
        scalar.parse_value(good)
        scalar.serialize(good)
    for bad in BAD[name]:
        with pytest.raises(GraphQLError) as caught:
            scalar.parse_value(bad)
        assert len(str(bad)) < 4 or str(bad) not in caught.value.message


def test_literals_follow_the_same_rules() -> None:
    assert SCALARS["AWSTimestamp"].parse_literal(parse_value("5")) == 5
    assert SCALARS["AWSJSON"].parse_literal(parse_value('"{\\"a\\": 1}"')) == {"a": 1}
    with pytest.raises(GraphQLError):
        SCALARS["AWSDate"].parse_literal(parse_value("5"))

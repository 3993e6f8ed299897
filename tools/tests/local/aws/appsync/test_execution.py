"""Running a query: the calls of functions, their answers and their failures."""

import asyncio
import json
from typing import Any

import pytest

from tools.local.aws.appsync import execution, failed_functions
from tools.local.aws.appsync.errors import RequestRefused
from tools.local.aws.appsync.execution import read_query
from tools.local.aws.appsync.model import Answer, DataSource, Resolver
from tools.tests.local.aws.appsync.fakes import BY_KEY, NOTHING, SOURCE, api, ask, by_user, cloud
from tools.tests.local.aws.appsync.shop import BATCH, CODE, LOCAL

FILTER = "export function request(ctx) { extensions.setSubscriptionFilter({}); return {payload: null}; }"

SCHEMA = """
type Query {
  one(id: ID!, n: Int = 7, input: Filter): Thing
  must: Thing!
  many: [Thing!]!
  maybe: [Thing]
  number: Int
  when: AWSDateTime
  blob(value: AWSJSON): AWSJSON
  color: Color
  nothing: String
  any: Either
}
type Mutation { first: Int  second: Int }
type Subscription { changed: Int @aws_subscribe(mutations: ["first"]) }
type Thing { name: String!  price: Int  secret: String @aws_cognito_user_pools  inner: Thing  slow: Int }
type Other { label: String }
union Either = Thing | Other
input Filter { min: Int!  tag: String  at: AWSDate }
enum Color { RED GREEN }
"""
QUERIES = ["one", "must", "many", "maybe", "number", "when", "blob", "color", "any"]
API = api(SCHEMA, *(f"Query.{name}" for name in QUERIES), "Mutation.first", "Mutation.second")


def answers(value: Any) -> Any:
    async def function(_payload: Any) -> Answer:
        return value if isinstance(value, Answer) else Answer(value)

    return cloud(function)


def test_the_event_of_a_function() -> None:
    fake = answers({"name": "a"})
    query = """
      query Q($id: ID!, $yes: Boolean = false) {
        alias: one(id: $id, input: {min: 1}) {
          name  cost: price  inner { name }  ...more  ... on Thing { slow @include(if: $yes) }
        }
      }
      fragment more on Thing { inner { price } }
    """
    assert "errors" not in ask(query, API, fake, variables={"id": "x"})
    (event,) = fake.events
    assert event == {
        "arguments": {"id": "x", "n": 7, "input": {"min": 1}},
        "identity": None,
        "source": None,
        "info": {
            "fieldName": "one",
            "parentTypeName": "Query",
            "selectionSetList": ["name", "cost", "inner", "inner/name", "inner/price"],
            "variables": {"id": "x"},
        },
        "request": {"domainName": None, "headers": {}},
    }


def test_a_resolver_below_gets_its_source() -> None:
    async def function(payload: Any) -> Answer:
        return Answer({"name": "a"} if payload["info"]["fieldName"] == "one" else len(payload["source"]["name"]))

    below = Resolver("Thing", "slow", SOURCE.name)  # a direct Lambda resolver
    of = api(SCHEMA, "Query.one", resolvers={**API.resolvers, ("Thing", "slow"): below})
    fake = cloud(function)
    assert ask('{ one(id: "x") { slow } }', of, fake) == {"data": {"one": {"slow": 1}}}
    assert fake.events[1]["source"] == {"name": "a"}
    assert set(fake.events[1]) == {"arguments", "identity", "source", "request", "prev", "stash", "info"}


def test_errors_of_functions_have_their_type() -> None:
    refused = ask("{ number }", API, answers({"error": {"type": "TRY_AGAIN", "message": "Busy."}}))
    assert refused["data"] == {"number": None}
    assert refused["errors"] == [
        {
            "path": ["number"],
            "data": None,
            "errorType": "TRY_AGAIN",
            "errorInfo": None,
            "locations": [{"line": 1, "column": 3, "sourceName": None}],
            "message": "Busy.",
        }
    ]


def test_a_failed_function_keeps_its_secrets() -> None:
    failed = Answer(None, "Lambda:Unhandled", "password swordfish")
    body = ask("{ number }", API, answers(failed))
    assert body["errors"][0]["errorType"] == "Lambda:Unhandled"
    assert "swordfish" not in json.dumps(body)


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (None, "shop failed: see the log group /aws/lambda/shop"),
        (lambda name: "", "shop failed: see the log group /aws/lambda/shop"),
        (lambda name: f"make logs OF={name}", "shop failed: `make logs OF=shop` shows why"),
    ],
)
def test_the_error_of_a_failed_function_names_it_and_where_its_log_is(command: Any, advice: str) -> None:
    failed = Answer(None, "Lambda:Unhandled", "swordfish")
    failed_functions.register(command)
    try:
        (error,) = ask("{ number }", API, answers(failed))["errors"]
        assert error["message"] == f"The request could not be handled. ({advice})"
        # An error that the function returned is its answer, not a failure.
        (error,) = ask("{ number }", API, answers({"error": {"type": "TRY_AGAIN", "message": "Busy."}}))["errors"]
        assert error["message"] == "Busy."
    finally:
        failed_functions.register(None)


def test_a_role_that_may_not_invoke_is_an_error_and_nothing_runs() -> None:
    fake = answers(1)
    fake.refusal = "no"
    body = ask("{ number }", API, fake)
    assert body["errors"][0]["errorType"] == "Lambda:AccessDeniedException"
    assert fake.events == []


def test_null_where_it_must_not_be_rises() -> None:
    body = ask("{ must { name } number }", API, answers(None))
    assert body["data"] is None
    body = ask("{ maybe { name price } }", API, answers([{"name": "a", "price": 1}, {"price": 2}]))
    assert body["data"] == {"maybe": [{"name": "a", "price": 1}, None]}
    assert body["errors"] == [
        {
            "path": ["maybe", 1, "name"],
            "locations": None,
            "message": "Cannot return null for non-nullable type: 'String' within parent 'Thing' (/maybe/1/name)",
        }
    ]


def test_values_of_the_wrong_type_are_not_shown() -> None:
    cases = {
        "{ number }": ("swordfish", "Can't serialize value (/number) : the value is not of the field's type"),
        "{ when }": ("swordfish", "Can't serialize value (/when) : the value is not of the field's type"),
        "{ color }": ("swordfish", "Can't serialize value (/color) : the value is not of the field's type"),
        "{ maybe { name } }": ("swordfish", "Can't resolve value (/maybe) : type mismatch error, expected type LIST"),
    }
    for query, (value, message) in cases.items():
        body = ask(query, API, answers(value))
        assert [error["message"] for error in body["errors"]] == [message]
        assert "swordfish" not in json.dumps(body)


def test_json_goes_in_parsed_and_comes_out_as_text() -> None:
    fake = answers({"a": [1]})
    body = ask("query Q($v: AWSJSON) { blob(value: $v) }", API, fake, variables={"v": '{"b": 2}'})
    assert body == {"data": {"blob": '{"a":[1]}'}}
    assert fake.events[0]["arguments"] == {"value": {"b": 2}}


def test_unions_by_typename() -> None:
    query = "{ any { ... on Thing { name } ... on Other { label } } }"
    assert ask(query, API, answers({"__typename": "Other", "label": "x"})) == {"data": {"any": {"label": "x"}}}


def test_a_field_without_resolver_is_null() -> None:
    assert ask("{ nothing }", API) == {"data": {"nothing": None}}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "Variable 'id' has coerced Null value for NonNull type 'ID!'"),
        ({"id": None}, "Variable 'id' has coerced Null value for NonNull type 'ID!'"),
        ({"id": {"swordfish": 1}}, "Variable 'id' has an invalid value: it is not a valid 'ID'"),
        (
            {"id": "x", "f": {"min": 1, "extra": "swordfish"}},
            "The variables input contains a field name 'extra' that is not defined for input object type 'Filter'",
        ),
        ({"id": "x", "f": {}}, "Field 'min' of variable 'f' has coerced Null value for NonNull type 'Int!'"),
        ({"id": "x", "f": {"min": "swordfish"}}, "Variable 'f.min' has an invalid value: it is not a valid 'Int'"),
        (
            {"id": "x", "f": {"min": 1, "at": "swordfish"}},
            "Variable 'f.at' has an invalid value: it is not a valid 'AWSDate'",
        ),
    ],
)
def test_wrong_variables(variables: dict[str, Any], message: str) -> None:
    fake = answers({"name": "a"})
    body = ask("query Q($id: ID!, $f: Filter) { one(id: $id, input: $f) { name } }", API, fake, variables=variables)
    assert body["data"] is None
    assert [(error["path"], error["message"]) for error in body["errors"]] == [(None, message)]
    assert "swordfish" not in json.dumps(body)
    assert fake.events == []


def test_denied_fields_beside_allowed_ones() -> None:
    things = [{"name": "a", "secret": "s"}, {"name": "b", "secret": "t"}]
    body = ask("{ many { name secret } }", API, answers(things), BY_KEY)
    assert body["data"] == {"many": [{"name": "a", "secret": None}, {"name": "b", "secret": None}]}
    assert [error["path"] for error in body["errors"]] == [["many", 0, "secret"], ["many", 1, "secret"]]
    assert {error["message"] for error in body["errors"]} == {"Not Authorized to access secret on type Thing"}


def test_a_denied_field_is_never_resolved() -> None:
    fake = answers(1)
    assert ask("{ number }", API, fake, by_user())["errors"][0]["errorType"] == "Unauthorized"
    assert fake.events == []


def test_fields_of_a_query_run_together_and_those_of_a_mutation_in_order() -> None:
    running, most, order = 0, 0, []

    async def function(payload: Any) -> Answer:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(payload["info"]["fieldName"])
        for _ in range(5):
            await asyncio.sleep(0)
        running -= 1
        return Answer(1)

    ask("{ number when color }", API, cloud(function))
    assert most == 3
    running, most, order = 0, 0, []
    ask("mutation { second first }", API, cloud(function))
    assert (most, order) == (1, ["second", "first"])


def test_limits() -> None:
    deep = '{ one(id: "x") { inner { inner { name } } } }'
    assert "errors" not in ask(deep, api(SCHEMA, depth_limit=4))
    refused = ask(deep, api(SCHEMA, depth_limit=3))
    assert (refused["data"], refused["errors"][0]["errorType"]) == (None, "QueryDepthLimitReached")
    limited = api(SCHEMA, "Query.number", resolver_limit=2)
    body = ask("{ a: number b: number c: number }", limited, answers(1))
    assert sorted(body["data"].items(), key=str) == [("a", 1), ("b", 1), ("c", None)]
    assert body["errors"][0]["errorType"] == "ResolverExecutionLimitReached"


def test_a_function_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "TIME_LIMIT", 0.01)

    async def function(_payload: Any) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    assert ask("{ number }", API, cloud(function))["errors"][0]["errorType"] == "ExecutionTimeout"


def test_a_subscription_needs_a_websocket() -> None:
    with pytest.raises(RequestRefused) as caught:
        ask("subscription { changed }", API)
    assert caught.value.error_type == "UnsupportedOperation"


def test_an_invalid_schema_is_reported() -> None:
    with pytest.raises(RequestRefused, match="Unknown type 'Nope'"):
        ask("{ a }", api("type Query { a: Nope }"))


@pytest.mark.parametrize(
    ("resolver", "text"),
    [
        (Resolver("Query", "number", "shop", runtime="APPSYNC_JS", code="export function request() {}"), "fingerprint"),
        (Resolver("Query", "number", "shop", kind="PIPELINE"), "UNIT resolvers only"),
        (Resolver("Query", "number", "shop", templates=True), "no mapping templates"),
        (Resolver("Query", "number", "shop", max_batch_size=2_001), "0 to 2000"),
        (Resolver("Query", "number", "shop", runtime="APPSYNC_JS", code=CODE, max_batch_size=5), "BatchInvoke"),
        (Resolver("Query", "number", "shop", runtime="APPSYNC_JS", code=BATCH), "BatchInvoke"),
        (Resolver("Query", "number", "shop", runtime="APPSYNC_JS", code=LOCAL), "for a data source of type NONE"),
        (Resolver("Query", "number", "shop", runtime="APPSYNC_JS", code=FILTER), "no enhanced subscription filters"),
        (Resolver("Query", "number", "nothing"), "only a Lambda function resolves without code"),
        (Resolver("Query", "number", "nothing", runtime="APPSYNC_JS", code=CODE), "type AWS_LAMBDA, not NONE"),
        (Resolver("Query", "number", "table"), "'table' is AMAZON_DYNAMODB"),
        (Resolver("Query", "number", None), "None is missing"),
    ],
)
def test_unsupported_resolvers_are_refused_with_the_reason(resolver: Resolver, text: str) -> None:
    sources = {**API.data_sources, "table": DataSource("table", "AMAZON_DYNAMODB"), "nothing": NOTHING}
    of = api(SCHEMA, resolvers={("Query", "number"): resolver}, data_sources=sources)
    body = ask("{ number }", of, answers(1))
    assert body["errors"][0]["errorType"] == "UnsupportedResolver"
    assert text in body["errors"][0]["message"]


HALF = "The request contains half of a surrogate pair."


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Request body is empty."),
        (b"meow", "Invalid JSON payload in POST request."),
        (b"[" * 100_000, "Invalid JSON payload in POST request."),
        (b"{}", "Unable to parse GraphQL query."),
        (b"[]", "Unable to parse GraphQL query."),
        (b'{"query": 1}', "Unable to parse GraphQL query."),
        (b'{"query": "{ a }", "variables": {"x": "\\ud800"}}', HALF),
        (b'{"query": "{ a(b: \\"\\ud83d\\") }"}', HALF),
        (b'{"query": "{ a }", "variables": "x"}', "The variables are not a JSON object."),
        (b'{"query": "{ a }", "operationName": 1}', "The operation name is not a string."),
    ],
)
def test_bodies_that_are_not_requests(body: bytes, message: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        read_query(body)
    assert (caught.value.status, caught.value.error_type) == (400, "MalformedHttpRequestException")
    assert caught.value.message == message

"""Batches: which calls are sent together, and how one answer is split."""

from typing import Any

import pytest

from tools.local.aws.appsync.batching import split
from tools.local.aws.appsync.model import Answer, Resolver
from tools.tests.local.aws.appsync.fakes import SOURCE, FakeCloud, api, ask, by_user, cloud
from tools.tests.local.aws.appsync.shop import BATCH, CODE

SCHEMA = """
type Query { items(count: Int!): [Item!]! }
type Item { n: Int  name(suffix: String): String  must: String!  inner: Item  secret: String @aws_cognito_user_pools }
"""


def items(size: int, code: str = BATCH, **more: Any) -> Any:
    runtime = "APPSYNC_JS" if code else ""
    made = [
        Resolver("Query", "items", SOURCE.name, runtime="APPSYNC_JS", code=CODE),
        *(
            Resolver("Item", name, SOURCE.name, runtime=runtime, code=code, max_batch_size=size)
            for name in ("name", "must", "secret")
        ),
    ]
    return api(SCHEMA, resolvers={(one.type_name, one.field_name): one for one in made}, **more)


def answering(batch: Any) -> FakeCloud:
    async def function(payload: Any) -> Answer:
        if isinstance(payload, list):
            answer = batch(payload)
            return answer if isinstance(answer, Answer) else Answer(answer)
        return Answer([{"n": n, "inner": {"n": n}} for n in range(payload["arguments"]["count"])])

    return cloud(function)


def names(payloads: list[Any]) -> list[str]:
    return [f"{one['source']['n']}{one['arguments'].get('suffix') or ''}" for one in payloads]


@pytest.mark.parametrize(("size", "sizes"), [(1, [1] * 5), (2, [2, 2, 1]), (5, [5]), (2_000, [5])])
def test_a_list_is_resolved_in_batches_of_at_most_that_size(size: int, sizes: list[int]) -> None:
    fake = answering(names)
    body = ask("{ items(count: 5) { name } }", items(size), fake)
    assert [item["name"] for item in body["data"]["items"]] == list("01234")
    assert [len(event) for event in fake.events[1:]] == sizes


def test_each_field_is_batched_separately() -> None:
    fake = answering(names)
    query = '{ items(count: 2) { name  other: name(suffix: "x")  must  inner { name } } }'
    body = ask(query, items(10), fake)
    assert body["data"]["items"][1] == {"name": "1", "other": "1x", "must": "1", "inner": {"name": "1"}}
    # Both uses of one field, and the field of the objects below, which are resolved at the same time.
    batches = sorted((len(event), event[0]["info"]["fieldName"]) for event in fake.events[1:])
    assert batches == [(2, "must"), (6, "name")]


def test_a_denied_field_is_in_no_batch() -> None:
    fake = answering(names)
    body = ask("{ items(count: 2) { secret name } }", items(10), fake)
    assert {error["errorType"] for error in body["errors"]} == {"Unauthorized"}
    assert [event[0]["info"]["fieldName"] for event in fake.events[1:]] == ["name"]
    extra = items(10, default=items(10).additional[0])
    assert "errors" not in ask("{ items(count: 2) { secret } }", extra, fake, by_user())


@pytest.mark.parametrize("answer", [["one"], {}, None, "text", ["a", "b", "c"]])
def test_an_answer_of_another_length_fails_each(answer: Any) -> None:
    body = ask("{ items(count: 2) { name } }", items(10), answering(lambda _: answer))
    assert body["data"]["items"] == [{"name": None}, {"name": None}]
    assert [error["errorType"] for error in body["errors"]] == ["Lambda:IllegalArgument"] * 2


def test_a_failing_function_fails_each_field() -> None:
    failed = Answer(None, "Lambda:Unhandled", "the password is swordfish")
    body = ask("{ items(count: 2) { name } }", items(10), answering(lambda _: failed))
    assert [error["errorType"] for error in body["errors"]] == ["Lambda:Unhandled"] * 2
    assert "swordfish" not in str(body)


def test_one_may_fail_alone() -> None:
    def function(payloads: list[Any]) -> list[Any]:
        return [{"error": {"type": "NOT_FOUND", "message": "No."}}, {"data": "b"}][: len(payloads)]

    body = ask("{ items(count: 2) { name } }", items(10), answering(function))
    assert [item["name"] for item in body["data"]["items"]] == [None, "b"]
    assert [error["errorType"] for error in body["errors"]] == ["NOT_FOUND"]


def test_direct_functions_get_whole_contexts() -> None:
    fake = answering(lambda payloads: [f"{one['source']['n']}" for one in payloads])
    body = ask("{ items(count: 2) { name } }", items(10, code=""), fake)
    assert [item["name"] for item in body["data"]["items"]] == ["0", "1"]
    assert fake.events[1][0].keys() == {"arguments", "identity", "source", "request", "prev", "stash", "info"}


def test_each_field_counts_towards_the_limit() -> None:
    body = ask("{ items(count: 4) { name } }", items(10, resolver_limit=3), answering(names))
    assert [item["name"] for item in body["data"]["items"]] == ["0", "1", None, None]
    assert {error["errorType"] for error in body["errors"]} == {"ResolverExecutionLimitReached"}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("a", Answer("a")),
        ({"data": 1}, Answer(1)),
        ({"data": 1, "errorMessage": None, "errorType": None}, Answer(1)),
        ({"data": None, "errorMessage": "No.", "errorType": "T"}, Answer(None, "T", "No.")),
        ({"errorMessage": "No."}, Answer(None, "Lambda:Unhandled", "No.")),
        ({"data": 1, "more": 2}, Answer({"data": 1, "more": 2})),
        ({}, Answer({})),
        ({"errorType": "an object of ours"}, Answer({"errorType": "an object of ours"})),
    ],
)
def test_items_of_an_answer(answer: Any, expected: Answer) -> None:
    assert split(Answer([answer]), 1) == [expected]

"""The messages that subscribers get, by the real-time protocol in this process."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tools.tests.local.aws.appsync.fakes import NOW, FakeSigner
from tools.tests.local.aws.appsync.sockets import HOST, POSTED, SCHEMA, Sockets, by_token, run, things


def data(payload: Any, name: str = "1") -> dict[str, Any]:
    return {"type": "data", "id": name, "payload": payload}


def test_a_change_goes_to_its_subscribers_only() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as one, sockets.connected() as other, sockets.connected() as idle:
            await one.follow(POSTED)
            await other.follow("subscription Named($n: String) { all: posted(name: $n) { id name } }", {"n": "b"}, "x")
            assert (await sockets.post(name="a", price=3))["data"]["post"]["price"] == 3
            assert await one.next_message() == data({"data": {"posted": {"name": "a", "price": 3}}})
            await sockets.post(name="b", id="7")
            assert await one.next_message() == data({"data": {"posted": {"name": "b", "price": None}}})
            assert await other.next_message() == data({"data": {"all": {"id": "7", "name": "b"}}}, "x")
            assert idle.is_idle()

    run(test)


def test_stop_is_acknowledged_and_no_change_follows() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow(POSTED)
            await socket.follow(POSTED, name="2")
            socket.send({"type": "stop", "id": "1"})
            assert await socket.next_message() == {"type": "complete", "id": "1"}
            await sockets.post()
            assert (await socket.next_message())["id"] == "2"
            await socket.follow(POSTED)

    run(test)


@pytest.mark.parametrize(
    ("arguments", "received"),
    [
        ("", True),
        ('(name: "a")', True),
        ('(name: "b")', False),
        ('(name: "a", price: 3)', True),
        ('(name: "a", price: 4)', False),
        ("(color: RED)", True),
        ("(color: GREEN)", False),
        ('(id: "9")', True),
        # A null argument matches null; an argument that is left out matches everything.
        ("(price: null)", False),
        ("(color: $unset)", True),
    ],
)
def test_arguments_filter(arguments: str, received: bool) -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            declared = "S($unset: Color)" if "$" in arguments else ""
            await socket.follow(f"subscription {declared} {{ posted{arguments} {{ name }} }}")
            await socket.follow(POSTED, name="all")
            await sockets.post(price=3, color="RED", id="9")
            assert (await socket.next_message())["id"] == ("1" if received else "all")

    run(test)


def test_a_null_argument_matches_null() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { posted(price: null) { name } }")
            await sockets.post(name="priced", price=1)
            await sockets.post(name="free")
            assert await socket.next_message() == data({"data": {"posted": {"name": "free"}}})

    run(test)


def test_unselected_fields_are_null_and_non_null_ones_an_error() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { posted { id price inner { name price } } }")
            await socket.follow(POSTED, name="2")
            mutation = "mutation S($t: ThingInput!) { must(thing: $t) { id cost: price inner { price } } }"
            await sockets.post(query=mutation, price=3, id="1", inner={"name": "i", "price": 4})
            first, second = await socket.next_message(), await socket.next_message()
            assert first["payload"]["data"] == {"posted": {"id": "1", "price": 3, "inner": None}}
            assert first["payload"]["errors"] == [
                {
                    "path": ["posted", "inner", "name"],
                    "message": "Cannot return null for non-nullable type: 'String' within parent 'Thing'"
                    " (/posted/inner/name)",
                }
            ]
            assert second["payload"]["data"] == {"posted": None}

    run(test)


def test_fragments_lists_and_unions() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { either { ... on Other { label } ... on Thing { name } } }")
            await socket.follow("subscription { posted { __typename many { name price } } }", name="2")
            await sockets.ask('mutation { any(thing: {name: "a"}) { ... on Other { label } ... on Thing { id } } }')
            assert await socket.next_message() == data({"data": {"either": {"label": "x"}}})
            mutation = """
              mutation S($t: ThingInput!) { post(thing: $t) { ...whole } }
              fragment whole on Thing { one: many { ... { n: name } } other: many { price } }
            """
            await sockets.post(query=mutation, many=[{"name": "x", "price": 1}, {"name": "y"}])
            seen = {"__typename": "Thing", "many": [{"name": "x", "price": 1}, {"name": "y", "price": None}]}
            assert await socket.next_message() == data({"data": {"posted": seen}}, "2")

    run(test)


def test_a_failed_mutation_is_not_delivered() -> None:
    async def test() -> None:
        schema = SCHEMA.replace('["post", "must"]', '["post", "must", "fail"]')
        sockets = Sockets()
        sockets.cloud.apis["api"] = things(schema=schema)
        async with sockets.connected() as socket:
            await socket.follow(POSTED)
            assert (await sockets.ask("mutation { fail { name } }"))["errors"][0]["errorType"] == "NO"
            await sockets.post(name="then")
            assert (await socket.next_message())["payload"]["data"]["posted"]["name"] == "then"

    run(test)


def test_several_mutations_of_one_request_are_delivered_in_order() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow(POSTED)
            await sockets.ask('mutation { a: post(thing: {name: "1"}) { name } b: must(thing: {name: "2"}) { name } }')
            assert [(await socket.next_message())["payload"]["data"]["posted"]["name"] for _ in "ab"] == ["1", "2"]

    run(test)


def test_fields_are_denied_to_subscribers_as_to_callers() -> None:
    async def test() -> None:
        sockets = Sockets()
        query = 'subscription { mine(name: "user-1") { name secret } }'
        admin = by_token(**{"cognito:groups": ["admin"]})
        async with sockets.connected(by_token()) as plain, sockets.connected(admin) as staff:
            await plain.follow(query)
            await staff.follow(query)
            await sockets.post(name="user-1", secret="s")
            assert await staff.next_message() == data({"data": {"mine": {"name": "user-1", "secret": "s"}}})
            payload = (await plain.next_message())["payload"]
            assert payload["data"] == {"mine": {"name": "user-1", "secret": None}}
            (error,) = payload["errors"]
            assert (error["errorType"], error["path"]) == ("Unauthorized", ["mine", "secret"])

    run(test)


def test_subscribers_do_not_get_fields_denied_to_the_mutations_caller() -> None:
    async def test() -> None:
        sockets = Sockets()
        sockets.cloud.signed_by = FakeSigner(frozenset({"Mutation/fields/post"}))
        machine = {"host": HOST, "Authorization": "AWS4-HMAC-SHA256 x"}
        admin = by_token(**{"cognito:groups": ["admin"]})
        async with sockets.connected(admin) as socket:
            await socket.follow("subscription { staff { name secret } }")
            # `secret` is not open to IAM, so the mutation itself got null for it.
            await sockets.post(machine, secret="s")
            assert await socket.next_message() == data({"data": {"staff": {"name": "a", "secret": None}}})

    run(test)


def test_a_resolver_may_refuse_a_subscriber_and_its_value_is_not_a_change() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected(by_token()) as socket:
            socket.start('subscription { mine(name: "other") { name } }')
            error = await socket.refusal()
            assert error == {"errorType": "NOT_YOURS", "errorInfo": {"code": 7}, "message": "No."}
            await socket.follow('subscription { mine(name: "user-1") { name } }')
            await asyncio.sleep(0)
            assert socket.is_idle()
        (event, _) = sockets.cloud.events
        assert event["info"]["parentTypeName"] == "Subscription"
        assert event["info"]["selectionSetList"] == ["name"]
        assert event["identity"]["sub"] == "user-1"

    run(test)


def test_one_connection_may_have_subscriptions_of_several_modes() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow(POSTED)
            await socket.follow('subscription { mine(name: "user-1") { name } }', name="2", header=by_token())
            await sockets.post(name="user-1")
            assert {(await socket.next_message())["id"], (await socket.next_message())["id"]} == {"1", "2"}

    run(test)


def test_a_token_that_expires_later_keeps_its_subscription_and_gets_no_other() -> None:
    async def test() -> None:
        sockets = Sockets()
        header = by_token()
        expired = by_token(exp=NOW - 10**9)
        async with sockets.connected(header) as socket:
            query = 'subscription { mine(name: "user-1") { name } }'
            await socket.follow(query)
            socket.start(query, name="2", header=expired)
            error = await socket.refusal()
            assert error == {"errorType": "UnauthorizedException", "message": "Token has expired."}
            await sockets.post(name="user-1")
            assert (await socket.next_message())["id"] == "1"

    run(test)


def test_a_new_schema_applies_to_existing_subscriptions() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { posted { name price } }")
            await socket.follow("subscription { posted { name } }", name="2")
            closed = SCHEMA.replace("price: Int  color: Color  inner: Thing", "color: Color  inner: Thing")
            closed = closed.replace("name: String!  color", "name: String @aws_iam color")
            sockets.cloud.apis["api"] = replace(things(), schema=closed)
            await sockets.ask('mutation { post(thing: {name: "a"}) { id } }')
            assert (await socket.refusal())["errorType"] == "UnsupportedOperation"
            payload = (await socket.next_message())["payload"]
            assert payload["data"] == {"posted": {"name": None}}
            assert payload["errors"][0]["errorType"] == "Unauthorized"

    run(test)


def test_a_subscription_that_a_new_schema_ended_gets_no_changes() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { posted { name price } }")
            smaller = SCHEMA.replace("price: Int  color: Color  inner: Thing", "color: Color  inner: Thing", 1)
            sockets.cloud.apis["api"] = replace(things(), schema=smaller)
            await sockets.ask('mutation { post(thing: {name: "a"}) { name } }')
            assert (await socket.refusal())["errorType"] == "UnsupportedOperation"
            await asyncio.sleep(0.05)
            assert socket.is_idle()

    run(test)


def test_a_change_that_is_too_large_is_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { posted { id } }")
            await socket.follow("subscription { posted { name } }", name="2")
            await sockets.post(id="x" * 245_760)
            assert (await socket.next_message())["id"] == "2"
            assert "larger than 240 KB" in caplog.text

    run(test)


def test_a_change_of_another_api_is_not_delivered() -> None:
    async def test() -> None:
        sockets = Sockets()
        sockets.cloud.apis["other"] = replace(things(), api_id="other")
        async with sockets.connected(path="/v1/apis/other/graphql") as socket:
            await socket.follow(POSTED)
            await sockets.post()
            await asyncio.sleep(0.05)
            assert socket.is_idle()

    run(test)

"""What subscribers are sent, by the real-time protocol in this process."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tools.tests.local.aws.appsync.fakes import NOW, FakeSigner
from tools.tests.local.aws.appsync.sockets import HOST, SAID, SCHEMA, Sockets, by_token, run, things


def data(payload: Any, name: str = "1") -> dict[str, Any]:
    return {"type": "data", "id": name, "payload": payload}


def test_a_change_goes_to_its_subscribers_and_no_further() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as one, sockets.connected() as other, sockets.connected() as idle:
            await one.follow(SAID)
            await other.follow("subscription Named($n: String) { all: said(name: $n) { id name } }", {"n": "b"}, "x")
            assert (await sockets.say(name="a", price=3))["data"]["say"]["price"] == 3
            assert await one.hear() == data({"data": {"said": {"name": "a", "price": 3}}})
            await sockets.say(name="b", id="7")
            assert await one.hear() == data({"data": {"said": {"name": "b", "price": None}}})
            assert await other.hear() == data({"data": {"all": {"id": "7", "name": "b"}}}, "x")
            assert idle.silent()

    run(test)


def test_stop_is_answered_and_nothing_comes_after_it() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow(SAID)
            await socket.follow(SAID, name="2")
            socket.say({"type": "stop", "id": "1"})
            assert await socket.hear() == {"type": "complete", "id": "1"}
            await sockets.say()
            assert (await socket.hear())["id"] == "2"
            await socket.follow(SAID)

    run(test)


@pytest.mark.parametrize(
    ("arguments", "heard"),
    [
        ("", True),
        ('(name: "a")', True),
        ('(name: "b")', False),
        ('(name: "a", price: 3)', True),
        ('(name: "a", price: 4)', False),
        ("(color: RED)", True),
        ("(color: GREEN)", False),
        ('(id: "9")', True),
        # A null argument asks for changes where it is null; one that is left out asks for nothing.
        ("(price: null)", False),
        ("(color: $unset)", True),
    ],
)
def test_arguments_filter(arguments: str, heard: bool) -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            declared = "S($unset: Color)" if "$" in arguments else ""
            await socket.follow(f"subscription {declared} {{ said{arguments} {{ name }} }}")
            await socket.follow(SAID, name="all")
            await sockets.say(price=3, color="RED", id="9")
            assert (await socket.hear())["id"] == ("1" if heard else "all")

    run(test)


def test_a_null_argument_asks_for_what_is_null() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { said(price: null) { name } }")
            await sockets.say(name="priced", price=1)
            await sockets.say(name="free")
            assert await socket.hear() == data({"data": {"said": {"name": "free"}}})

    run(test)


def test_what_the_mutation_left_out_is_null_and_what_must_not_be_null_is_an_error() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { said { id price inner { name price } } }")
            await socket.follow(SAID, name="2")
            mutation = "mutation S($t: ThingInput!) { shout(thing: $t) { id cost: price inner { price } } }"
            await sockets.say(query=mutation, price=3, id="1", inner={"name": "i", "price": 4})
            first, second = await socket.hear(), await socket.hear()
            assert first["payload"]["data"] == {"said": {"id": "1", "price": 3, "inner": None}}
            assert first["payload"]["errors"] == [
                {
                    "path": ["said", "inner", "name"],
                    "message": "Cannot return null for non-nullable type: 'String' within parent 'Thing'"
                    " (/said/inner/name)",
                }
            ]
            assert second["payload"]["data"] == {"said": None}

    run(test)


def test_fragments_lists_and_unions() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { either { ... on Other { label } ... on Thing { name } } }")
            await socket.follow("subscription { said { __typename many { name price } } }", name="2")
            await sockets.ask('mutation { any(thing: {name: "a"}) { ... on Other { label } ... on Thing { id } } }')
            assert await socket.hear() == data({"data": {"either": {"label": "x"}}})
            mutation = """
              mutation S($t: ThingInput!) { say(thing: $t) { ...whole } }
              fragment whole on Thing { one: many { ... { n: name } } other: many { price } }
            """
            await sockets.say(query=mutation, many=[{"name": "x", "price": 1}, {"name": "y"}])
            seen = {"__typename": "Thing", "many": [{"name": "x", "price": 1}, {"name": "y", "price": None}]}
            assert await socket.hear() == data({"data": {"said": seen}}, "2")

    run(test)


def test_a_mutation_that_fails_tells_nobody() -> None:
    async def test() -> None:
        schema = SCHEMA.replace('["say", "shout"]', '["say", "shout", "fail"]')
        sockets = Sockets()
        sockets.cloud.apis["api"] = things(schema=schema)
        async with sockets.connected() as socket:
            await socket.follow(SAID)
            assert (await sockets.ask("mutation { fail { name } }"))["errors"][0]["errorType"] == "NO"
            await sockets.say(name="then")
            assert (await socket.hear())["payload"]["data"]["said"]["name"] == "then"

    run(test)


def test_several_mutations_of_one_request_are_heard_in_order() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow(SAID)
            await sockets.ask('mutation { a: say(thing: {name: "1"}) { name } b: shout(thing: {name: "2"}) { name } }')
            assert [(await socket.hear())["payload"]["data"]["said"]["name"] for _ in "ab"] == ["1", "2"]

    run(test)


def test_fields_are_denied_to_subscribers_as_to_callers() -> None:
    async def test() -> None:
        sockets = Sockets()
        query = 'subscription { mine(name: "user-1") { name secret } }'
        admin = by_token(**{"cognito:groups": ["admin"]})
        async with sockets.connected(by_token()) as plain, sockets.connected(admin) as staff:
            await plain.follow(query)
            await staff.follow(query)
            await sockets.say(name="user-1", secret="s")
            assert await staff.hear() == data({"data": {"mine": {"name": "user-1", "secret": "s"}}})
            payload = (await plain.hear())["payload"]
            assert payload["data"] == {"mine": {"name": "user-1", "secret": None}}
            (error,) = payload["errors"]
            assert (error["errorType"], error["path"]) == ("Unauthorized", ["mine", "secret"])

    run(test)


def test_what_the_mutations_caller_may_not_see_subscribers_do_not_get() -> None:
    async def test() -> None:
        sockets = Sockets()
        sockets.cloud.signed_by = FakeSigner(frozenset({"Mutation/fields/say"}))
        machine = {"host": HOST, "Authorization": "AWS4-HMAC-SHA256 x"}
        admin = by_token(**{"cognito:groups": ["admin"]})
        async with sockets.connected(admin) as socket:
            await socket.follow("subscription { staff { name secret } }")
            # `secret` is not open to IAM, so the mutation itself got null for it.
            await sockets.say(machine, secret="s")
            assert await socket.hear() == data({"data": {"staff": {"name": "a", "secret": None}}})

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
            assert socket.silent()
        (event, _) = sockets.cloud.events
        assert event["info"]["parentTypeName"] == "Subscription"
        assert event["info"]["selectionSetList"] == ["name"]
        assert event["identity"]["sub"] == "user-1"

    run(test)


def test_one_connection_may_have_subscriptions_of_several_modes() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow(SAID)
            await socket.follow('subscription { mine(name: "user-1") { name } }', name="2", header=by_token())
            await sockets.say(name="user-1")
            assert {(await socket.hear())["id"], (await socket.hear())["id"]} == {"1", "2"}

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
            await sockets.say(name="user-1")
            assert (await socket.hear())["id"] == "1"

    run(test)


def test_another_schema_counts_for_those_who_subscribed_before() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { said { name price } }")
            await socket.follow("subscription { said { name } }", name="2")
            closed = SCHEMA.replace("price: Int  color: Color  inner: Thing", "color: Color  inner: Thing")
            closed = closed.replace("name: String!  color", "name: String @aws_iam color")
            sockets.cloud.apis["api"] = replace(things(), schema=closed)
            await sockets.ask('mutation { say(thing: {name: "a"}) { id } }')
            assert (await socket.refusal())["errorType"] == "UnsupportedOperation"
            payload = (await socket.hear())["payload"]
            assert payload["data"] == {"said": {"name": None}}
            assert payload["errors"][0]["errorType"] == "Unauthorized"

    run(test)


def test_a_subscription_that_a_new_schema_ended_hears_nothing_more() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { said { name price } }")
            smaller = SCHEMA.replace("price: Int  color: Color  inner: Thing", "color: Color  inner: Thing", 1)
            sockets.cloud.apis["api"] = replace(things(), schema=smaller)
            await sockets.ask('mutation { say(thing: {name: "a"}) { name } }')
            assert (await socket.refusal())["errorType"] == "UnsupportedOperation"
            await asyncio.sleep(0.05)
            assert socket.silent()

    run(test)


def test_a_change_that_is_too_large_is_not_sent(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow("subscription { said { id } }")
            await socket.follow("subscription { said { name } }", name="2")
            await sockets.say(id="x" * 245_760)
            assert (await socket.hear())["id"] == "2"
            assert "larger than 240 KB" in caplog.text

    run(test)


def test_a_change_from_another_api_is_not_heard() -> None:
    async def test() -> None:
        sockets = Sockets()
        sockets.cloud.apis["other"] = replace(things(), api_id="other")
        async with sockets.connected(path="/v1/apis/other/graphql") as socket:
            await socket.follow(SAID)
            await sockets.say()
            await asyncio.sleep(0.05)
            assert socket.silent()

    run(test)

"""Hostile and broken clients of the real-time protocol: each is refused and does not affect other clients."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from tools.tests.local.aws.appsync.fakes import NOW, OTHER_POOL, FakeSigner
from tools.tests.local.aws.appsync.sockets import HOST, KEY, POSTED, Sockets, by_token, run, things

MACHINE = {"host": HOST, "Authorization": "AWS4-HMAC-SHA256 x"}
UNKNOWN = {"errorType": "UnsupportedOperation", "message": "unknown not supported through the realtime channel"}


def connection_error(error_type: str | None, message: str, code: int) -> dict[str, Any]:
    error = {"errorType": error_type, "errorCode": code, "message": message}
    shown = {key: value for key, value in error.items() if value is not None}
    return {"type": "connection_error", "payload": {"errors": [shown]}}


NOT_AUTHORIZED = connection_error("UnauthorizedException", "You are not authorized to make this call.", 401)
MISSING = connection_error("UnauthorizedException", "Required headers are missing.", 401)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ({"host": HOST, "x-api-key": "da2-nothing"}, NOT_AUTHORIZED),
        ({"host": HOST, "x-api-key": "da2-old"}, NOT_AUTHORIZED),
        ({"host": "elsewhere:4566", "x-api-key": "da2-good"}, NOT_AUTHORIZED),
        ({"x-api-key": "da2-good"}, MISSING),
        ({"host": HOST}, connection_error("UnauthorizedException", "Valid authorization header not provided.", 401)),
        (by_token(exp=NOW - 10**9), connection_error("UnauthorizedException", "Token has expired.", 401)),
        (by_token(iss=OTHER_POOL.issuer), NOT_AUTHORIZED),
        (by_token(client_id="another"), NOT_AUTHORIZED),
        (by_token(token_use="refresh"), NOT_AUTHORIZED),
        (MACHINE, None),
        ({"host": HOST, "Authorization": "rubbish"}, None),
        ({**KEY, "X-API-KEY": "da2-good"}, None),
        ({**KEY, "x": "a\r\nauthorization: b"}, None),
        ({**KEY, "x": 1}, None),
        ([], MISSING),
        ("text", MISSING),
    ],
)
def test_refused_connections(header: Any, expected: Any) -> None:
    async def test() -> None:
        sockets = Sockets()
        # In the past by the real clock too.
        sockets.cloud.apis["api"] = replace(things(), keys={"da2-good": NOW, "da2-old": 1.0})
        async with sockets.open(header) as socket:
            received = await socket.next_message()
            assert received["type"] == "connection_error"
            assert expected is None or received == expected
            socket.send({"type": "connection_init"})
            socket.start(POSTED)
            assert await socket.closed() == 1000
        assert not sockets.plane.realtime
        assert sockets.cloud.events == []

    run(test)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (b"", "Required headers are missing."),
        (b"header=%%%", "The header is not base64."),
        (b"header=" + base64.b64encode(b"meow"), "The header is not base64-encoded JSON."),
        (b"header=" + base64.b64encode(b"[" * 9_000), "The header is not base64-encoded JSON."),
        (b"header=" + base64.b64encode(b'"' + b"x" * 40_000 + b'"'), "The header is not base64."),
        (b"header=" + base64.b64encode(json.dumps(KEY).encode()) + b"&payload=%%%", "The payload is not base64."),
    ],
)
def test_invalid_credentials(query: bytes, text: str) -> None:
    async def test() -> None:
        async with Sockets().open(query=query) as socket:
            assert (await socket.next_message())["payload"]["errors"][0]["message"] == text

    run(test)


def test_the_protocol_has_a_name() -> None:
    async def test() -> None:
        async with Sockets().open(protocols=("graphql-transport-ws",)) as socket:
            assert await socket.next_message() == connection_error(None, "NoProtocolError", 400)

    run(test)


def test_a_missing_api() -> None:
    async def test() -> None:
        async with Sockets().open(path="/v1/apis/nothing/graphql/realtime") as socket:
            assert (await socket.next_message())["payload"]["errors"][0]["errorCode"] == 404

    run(test)


@pytest.mark.parametrize("padding", [True, False])
def test_credentials_in_the_sub_protocol(padding: bool) -> None:
    async def test() -> None:
        encoded = base64.urlsafe_b64encode(json.dumps({**KEY, "x-note": "???>>>"}).encode()).decode()
        header = f"header-{encoded if padding else encoded.rstrip('=')}"
        async with Sockets().open(query=b"", protocols=("graphql-ws", header)) as socket:
            socket.send({"type": "connection_init"})
            assert (await socket.next_message())["type"] == "connection_ack"

    run(test)


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/v1/apis/api/graphql", HOST),
        ("/graphql", "api.appsync-realtime-api.us-east-1.amazonaws.com"),
        ("/graphql/realtime", "api.appsync-api.us-east-1.amazonaws.com"),
    ],
)
def test_other_addresses_of_the_same(path: str, host: str) -> None:
    async def test() -> None:
        header = {**KEY, "host": host.replace("realtime-", "")}
        async with Sockets().connected(header, path=path, host=host) as socket:
            await socket.follow(POSTED)

    run(test)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "query { a }",
            {"errorType": "UnsupportedOperation", "message": UNKNOWN["message"].replace("unknown", "query")},
        ),
        (
            'mutation { post(thing: {name: "a"}) { name } }',
            {"errorType": "UnsupportedOperation", "message": UNKNOWN["message"].replace("unknown", "mutation")},
        ),
        ("subscription { nope }", {"message": "Validation error of type FieldUndefined: Field 'nope'"}),
        ("subscription { __schema { types { name } } }", {"message": "Validation error"}),
        ("subscription { posted { name } staff { name } }", {"message": "Validation error"}),
        (
            "subscription { posted @skip(if: true) { name } }",
            {"message": "The subscription selects no field of its type."},
        ),
        (
            "subscription ($n: String!) { posted(name: $n) { name } }",
            {"message": "Variable 'n' has coerced Null value"},
        ),
        (
            "subscription A { posted { name } } subscription B { staff { name } }",
            {"errorType": "MalformedHttpRequestException"},
        ),
        ("subscription {", {"errorType": "MalformedHttpRequestException"}),
        ("", {"errorType": "MalformedHttpRequestException"}),
        (
            "subscription { machine { name } }",
            {"errorType": "Unauthorized", "message": "Not Authorized to access machine"},
        ),
        ("{" * 200, {"errorType": "MalformedHttpRequestException"}),
    ],
)
def test_operations_that_are_no_valid_subscription(query: str, error: dict[str, str]) -> None:
    async def test() -> None:
        async with Sockets().connected() as socket:
            socket.start(query)
            message = await socket.next_message()
            shown = message["payload"]["errors"][0]
            assert (message["type"], message["id"]) == ("error", "1")
            assert shown.get("errorType") == error.get("errorType")
            assert shown["message"].startswith(error.get("message", ""))

    run(test)


def test_one_of_several_operations_by_its_name() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            socket.start("subscription A { posted { name } } subscription B { staff { name } }", operation="B")
            assert (await socket.next_message())["type"] == "start_ack"
            await sockets.post()
            assert (await socket.next_message())["payload"] == {"data": {"staff": {"name": "a"}}}

    run(test)


@pytest.mark.parametrize(
    "message",
    [
        "meow",
        "[]",
        "[" * 20_000,
        "{}",
        {"type": "subscribe", "id": 1},
        {"type": "start"},
        {"type": "start", "id": 7, "payload": {"data": "{}"}},
        {"type": "start", "id": "x" * 200, "payload": {"data": "{}"}},
        {"type": "stop"},
    ],
)
def test_meaningless_messages(message: Any) -> None:
    async def test() -> None:
        async with Sockets().connected() as socket:
            socket.send(message)
            assert await socket.next_message() == {"type": "error", "payload": {"errors": [UNKNOWN]}}
            await socket.follow(POSTED)

    run(test)


def test_a_start_with_half_a_surrogate_pair_is_refused() -> None:
    async def test() -> None:
        async with Sockets().connected() as socket:
            data = '{"query": "subscription { posted(name: \\"\ud800\\") { name } }"}'
            socket.send({"type": "start", "id": "1", "payload": {"data": data, "extensions": {"authorization": KEY}}})
            assert await socket.refusal() == UNKNOWN

    run(test)


@pytest.mark.parametrize("payload", [None, {}, {"query": POSTED}, {"data": {"query": POSTED}}, "x", [1]])
def test_a_start_of_another_protocol(payload: Any) -> None:
    async def test() -> None:
        async with Sockets().connected() as socket:
            socket.send({"type": "start", "id": "1", "payload": payload})
            assert await socket.refusal() == UNKNOWN

    run(test)


@pytest.mark.parametrize("header", [{}, {"host": HOST}, {"x-api-key": "da2-nothing"}, [], {**KEY, "host": "elsewhere"}])
def test_each_subscription_has_its_own_authorization(header: Any) -> None:
    async def test() -> None:
        async with Sockets().connected() as socket:
            socket.start(POSTED, header=header)
            assert (await socket.refusal())["errorType"] == "UnauthorizedException"

    run(test)


def test_groups_on_subscription_fields() -> None:
    async def test() -> None:
        async with Sockets().connected(by_token()) as socket:
            for header, allowed in ((None, False), (by_token(**{"cognito:groups": ["admin"]}), True)):
                socket.start("subscription { staff { name } }", name=str(allowed), header=header)
                answer = await socket.next_message()
                assert (answer["type"] == "start_ack") is allowed

    run(test)


def test_a_policy_decides_over_subscription_fields() -> None:
    async def test() -> None:
        sockets = Sockets()
        sockets.cloud.signed_by = FakeSigner(frozenset({"Subscription/fields/machine"}))
        async with sockets.connected(MACHINE) as socket:
            await socket.follow("subscription { machine { name } }")
            socket.start('subscription { mine(name: "machine") { name } }', name="2")
            assert (await socket.refusal())["errorType"] == "Unauthorized"

    run(test)

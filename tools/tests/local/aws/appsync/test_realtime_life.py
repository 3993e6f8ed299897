"""The lifetime of connections. Nothing of them remains."""

import asyncio
import json
from typing import Any

import pytest

from tools.tests.local.aws.appsync.sockets import POSTED, Sockets, by_token, run


def test_keep_alives_come_and_connections_end_after_their_time() -> None:
    async def test() -> None:
        sockets = Sockets(keep_alive=0.02, lifetime=0.2, client_timeout=0.06)
        async with sockets.open() as socket:
            socket.send({"type": "connection_init"})
            ack = {"type": "connection_ack", "payload": {"connectionTimeoutMs": 60}}
            assert await socket.next_message() == ack
            assert await socket.next_message() == {"type": "ka"}
            assert await socket.next_message() == {"type": "ka"}
            while (message := await socket.next())["type"] == "websocket.send":
                assert json.loads(message["text"]) == {"type": "ka"}
            assert message["code"] == 1000

    run(test)


def test_a_client_that_does_not_read_is_closed_and_delays_no_other() -> None:
    async def test() -> None:
        sockets = Sockets(max_waiting=10)
        async with sockets.connected() as slow, sockets.connected() as quick:
            await slow.follow(POSTED)
            await quick.follow(POSTED)
            slow.stalled.set()
            for count in range(30):
                await sockets.post(name=str(count))
                assert (await quick.next_message())["payload"]["data"]["posted"]["name"] == str(count)
            while len(sockets.plane.realtime) > 1:
                await asyncio.sleep(0.01)
            assert len(sockets.plane._hub) == 1

    run(test)


def test_the_end_of_the_cloud_closes_all() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as one, sockets.connected() as other:
            await one.follow(POSTED)
            await sockets.plane.stop()
            assert [await one.closed(), await other.closed()] == [1001, 1001]
            while len(sockets.plane.realtime):
                await asyncio.sleep(0.01)

    run(test)


def test_a_subscription_id_is_used_once() -> None:
    async def test() -> None:
        sockets = Sockets()
        async with sockets.connected() as socket:
            await socket.follow(POSTED)
            socket.start(POSTED)
            assert (await socket.refusal())["errorType"] == "DuplicatedOperationError"
            await sockets.post()
            assert (await socket.next_message())["type"] == "data"
            assert socket.is_idle()

    run(test)


def test_a_thousand_starts_are_a_hundred_subscriptions() -> None:
    async def test() -> None:
        sockets = Sockets(max_waiting=2_000)
        async with sockets.connected() as socket:
            for number in range(1_000):
                socket.start(POSTED, name=str(number))
            received = [await socket.next_message() for _ in range(1_000)]
            kinds = [message["type"] for message in received]
            assert (kinds.count("start_ack"), kinds.count("error")) == (100, 900)
            refused = next(message for message in received if message["type"] == "error")["payload"]["errors"]
            assert refused == [
                {"errorType": "MaxSubscriptionsReachedError", "message": "Max number of 100 subscriptions reached"}
            ]
            socket.send({"type": "stop", "id": "5"})
            await socket.next_message()
            await socket.follow(POSTED, name="new")

    run(test)


@pytest.mark.parametrize("text", ["x" * 245_761, "ä" * 130_000])
def test_a_giant_message_ends_the_connection(text: str) -> None:
    async def test() -> None:
        async with Sockets().connected() as socket:
            socket.send(text)
            assert await socket.closed() == 1009

    run(test)


def test_a_stop_before_the_answer_ends_the_start() -> None:
    async def test() -> None:
        sockets = Sockets()
        waiting = asyncio.Event()

        async def never(_payload: Any) -> Any:
            waiting.set()
            await asyncio.Event().wait()

        sockets.cloud.function = never
        async with sockets.connected(by_token()) as socket:
            socket.start('subscription { mine(name: "user-1") { name } }')
            await waiting.wait()
            socket.send({"type": "stop", "id": "1"})
            assert await socket.next_message() == {"type": "complete", "id": "1"}
            # The id is free at once. Running work ends with its connection: `run` checks that no task is left.
            for _ in "ab":
                socket.start('subscription { mine(name: "user-1") { name } }')
                socket.send({"type": "stop", "id": "1"})
                assert await socket.next_message() == {"type": "complete", "id": "1"}
            socket.start('subscription { mine(name: "user-1") { name } }')

    run(test)


def test_a_client_that_disappears_leaves_nothing() -> None:
    async def test() -> None:
        sockets = Sockets()
        for _ in range(50):
            async with sockets.connected() as socket:
                await socket.follow(POSTED)
        assert (await sockets.post())["data"]["post"] == {
            "id": None, "name": "a", "price": None, "color": None, "secret": None, "inner": None
        }  # fmt: skip
        assert not sockets.plane.realtime
        assert not sockets.plane._hub

    run(test)

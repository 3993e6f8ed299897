"""The data plane with its real-time side in this process: sockets without a network, with short times."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from tools.local.asgi import Message
from tools.local.aws.appsync import AppSyncPlane
from tools.local.aws.appsync.model import Answer, Api, Resolver
from tools.local.aws.appsync.realtime import Timing
from tools.tests.local.aws.appsync.fakes import NOTHING, SOURCE, FakeCloud, api, claims, cloud, token
from tools.tests.local.aws.appsync.shop import CODE, LOCAL

LIMIT = 5.0
POSTED = "subscription { posted { name price } }"
HOST = "localhost:4566"
KEY = {"host": HOST, "x-api-key": "da2-good"}
SCHEMA = """
type Query { a: Int }
type Mutation {
  post(thing: ThingInput!): Thing @aws_api_key @aws_iam
  must(thing: ThingInput!): Thing! @aws_api_key
  any(thing: ThingInput!): Either @aws_api_key
  fail: Thing @aws_api_key
}
type Subscription {
  posted(name: String, price: Int, color: Color, id: ID): Thing @aws_subscribe(mutations: ["post", "must"]) @aws_api_key
  mine(name: String!): Thing @aws_subscribe(mutations: ["post"]) @aws_cognito_user_pools @aws_iam
  staff: Thing @aws_subscribe(mutations: ["post"]) @aws_cognito_user_pools(cognito_groups: ["admin"]) @aws_api_key
  machine: Thing @aws_subscribe(mutations: ["post"]) @aws_iam
  either: Either @aws_subscribe(mutations: ["any"]) @aws_api_key
}
type Thing @aws_api_key @aws_iam @aws_cognito_user_pools {
  id: ID  name: String!  price: Int  color: Color  inner: Thing  many: [Thing!]
  secret: String @aws_cognito_user_pools(cognito_groups: ["admin"]) @aws_api_key
}
type Other @aws_api_key { label: String }
union Either = Thing | Other
enum Color { RED GREEN }
input ThingInput {
  id: ID  name: String!  price: Int  color: Color  secret: String  inner: ThingInput  many: [ThingInput!]
}
"""
POST = "mutation S($t: ThingInput!) { post(thing: $t) { id name price color secret inner { name } } }"


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def whole() -> None:
        await test()
        # At the end nothing of a connection may remain: every task and subscription is closed.
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left

    asyncio.run(whole())


def local(type_name: str, field_name: str) -> Resolver:
    return Resolver(type_name, field_name, NOTHING.name, runtime="APPSYNC_JS", code=LOCAL)


def things(**more: Any) -> Api:
    """The API: mutations return their argument; `mine` calls a function."""
    resolvers = [local("Mutation", name) for name in ("post", "must")]
    resolvers += [
        Resolver(kind, name, SOURCE.name, runtime="APPSYNC_JS", code=CODE)
        for kind, name in (("Subscription", "mine"), ("Mutation", "any"), ("Mutation", "fail"))
    ]
    by_field = {(one.type_name, one.field_name): one for one in resolvers}
    sources = {NOTHING.name: NOTHING, SOURCE.name: SOURCE}
    return api(more.pop("schema", SCHEMA), resolvers=by_field, data_sources=sources, **more)


async def function(payload: Any) -> Answer:
    field, arguments = payload["info"]["fieldName"], payload["arguments"]
    if field == "mine" and arguments["name"] != payload["identity"].get("sub", "machine"):
        return Answer({"error": {"type": "NOT_YOURS", "message": "No.", "info": {"code": 7}}})
    if field == "fail":
        return Answer({"error": {"type": "NO", "message": "No."}})
    return Answer({"__typename": "Other", "label": "x"} if field == "any" else None)


def by_token(**changes: Any) -> dict[str, str]:
    return {"host": HOST, "Authorization": token(claims(**changes))}


class Sockets:
    """One plane and its clients."""

    def __init__(self, fake: FakeCloud | None = None, **timing: Any) -> None:
        self.cloud = fake or cloud(function)
        self.cloud.apis.setdefault("api", things())
        self.plane = AppSyncPlane(self.cloud, Timing(**{"close_timeout": 0.05, **timing}))

    @asynccontextmanager
    async def open(
        self,
        header: Any = KEY,
        *,
        path: str = "/v1/apis/api/graphql/realtime",
        protocols: tuple[str, ...] = ("graphql-ws",),
        query: bytes | None = None,
        host: str = HOST,
    ) -> AsyncIterator["Socket"]:
        encoded = base64.b64encode(json.dumps(header).encode())
        scope = {
            "type": "websocket",
            "path": path,
            "query_string": b"header=" + encoded + b"&payload=e30=" if query is None else query,
            "headers": [(b"host", host.encode())],
            "subprotocols": list(protocols),
            "client": ("127.0.0.1", 1),
        }
        assert self.plane.matches(scope)
        socket = Socket(header)
        serving = asyncio.create_task(self.plane(scope, socket.receive, socket.send_to_client))
        socket.give({"type": "websocket.connect"})
        try:
            assert (await socket.next())["type"] == "websocket.accept"
            yield socket
        finally:
            socket.stalled.clear()
            socket.give({"type": "websocket.disconnect", "code": 1005})
            await asyncio.wait_for(serving, LIMIT)

    @asynccontextmanager
    async def connected(self, header: Any = KEY, **more: Any) -> AsyncIterator["Socket"]:
        async with self.open(header, **more) as socket:
            socket.send({"type": "connection_init"})
            assert (await socket.next_message())["type"] == "connection_ack"
            yield socket

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, header: Any = KEY) -> Any:
        """A query over HTTP."""
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        sent: list[Message] = []
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/apis/api/graphql",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in header.items()],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.plane(scope, receive, send)
        return json.loads(sent[-1]["body"])

    async def post(self, header: Any = KEY, query: str = POST, **thing: Any) -> Any:
        return await self.ask(query, {"t": {"name": "a", **thing}}, header)


class Socket:
    """The client's end."""

    def __init__(self, header: Any) -> None:
        self.header = header
        self._to_server: asyncio.Queue[Message] = asyncio.Queue()
        self._to_client: asyncio.Queue[Message] = asyncio.Queue()
        # While set, this client reads nothing and its buffers are full.
        self.stalled = asyncio.Event()

    async def receive(self) -> Message:
        return await self._to_server.get()

    async def send_to_client(self, message: Message) -> None:
        while self.stalled.is_set():
            await asyncio.sleep(0.01)
        self._to_client.put_nowait(message)

    def give(self, message: Message) -> None:
        self._to_server.put_nowait(message)

    def send(self, message: Any) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self.give({"type": "websocket.receive", "text": text})

    async def next(self) -> Message:
        return await asyncio.wait_for(self._to_client.get(), LIMIT)

    async def next_message(self) -> Any:
        message = await self.next()
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def closed(self) -> int:
        message = await self.next()
        assert message["type"] == "websocket.close", message
        return int(message["code"])

    def is_idle(self) -> bool:
        return self._to_client.empty()

    def start(
        self, query: str, variables: Any = None, *, name: Any = "1", header: Any = None, operation: str | None = None
    ) -> None:
        posted = {"query": query, "variables": variables or {}, "operationName": operation}
        authorization = self.header if header is None else header
        payload = {"data": json.dumps(posted), "extensions": {"authorization": authorization}}
        self.send({"type": "start", "id": name, "payload": payload})

    async def follow(self, query: str, variables: Any = None, name: str = "1", header: Any = None) -> None:
        self.start(query, variables, name=name, header=header)
        assert await self.next_message() == {"type": "start_ack", "id": name}

    async def refusal(self) -> Any:
        """The one error of the next message, which must be a refusal."""
        message = await self.next_message()
        assert message["type"] == "error", message
        (error,) = message["payload"]["errors"]
        return error

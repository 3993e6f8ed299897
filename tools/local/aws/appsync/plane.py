"""The data plane's URLs: `/v1/apis/{apiId}/graphql`, and `/graphql` at an API's own host name.

HTTP is answered here, WebSockets by `realtime`.
"""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import parse_qs

from tools.local.asgi import Receive, Scope, Send
from tools.local.aws.appsync.authentication import authenticate
from tools.local.aws.appsync.errors import RequestRefused, malformed
from tools.local.aws.appsync.execution import Executor, existing_api, read_query
from tools.local.aws.appsync.model import Cloud, Request, new_trace_id
from tools.local.aws.appsync.realtime import Hub, Realtime, Timing
from tools.local.aws.appsync.realtime.handshake import OWN_PATH

log = logging.getLogger("local.appsync")

# AppSync's limit for a request.
MAX_BODY = 1_000_000
_PATH = re.compile(r"/v1/apis/([^/]+)/graphql/?")
_REALTIME_PATH = re.compile(r"/v1/apis/([^/]+)/graphql(?:/realtime)?/?")
_HOST = re.compile(r"([a-z0-9]+)\.appsync-api\.")
_REALTIME_HOST = re.compile(r"([a-z0-9]+)\.appsync-(?:realtime-)?api\.")

_CORS = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"x-amzn-RequestId,x-amzn-ErrorType,x-amz-user-agent,x-amzn-ErrorMessage,Date,x-amz-schema-version",
    ),
]
_PREFLIGHT = [
    (b"access-control-allow-methods", b"DELETE,GET,HEAD,PATCH,POST,PUT"),
    (b"access-control-max-age", b"172800"),
]


class AppSyncPlane:
    """Answers GraphQL requests. Other requests are left to the next plane."""

    def __init__(
        self, cloud: Cloud, timing: Timing | None = None, measure: Callable[[str, int, float], None] | None = None
    ) -> None:
        """`measure` gets the id of each request's API, the status and the duration in seconds."""
        self._cloud = cloud
        self._measure = measure
        self._hub = Hub(cloud)
        self._executor = Executor(cloud, self._hub)
        self.realtime = Realtime(cloud, self._hub, self._executor, timing or Timing())

    def matches(self, scope: Scope) -> bool:
        return scope["type"] in ("http", "websocket") and _api_id(scope) is not None

    async def stop(self) -> None:
        """Close open connections when the cloud stops."""
        self.realtime.stop()
        await self._hub.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self.realtime(_api_id(scope) or "", _headers(scope), scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            requested = _headers(scope).get("access-control-request-headers", "*").encode("latin-1")
            await _send(send, 200, [*_PREFLIGHT, (b"access-control-allow-headers", requested)], b"")
            return
        headers: list[tuple[bytes, bytes]] = []
        began = time.monotonic()
        try:
            status, content = 200, await self._answer(scope, receive)
        except RequestRefused as refused:
            status, content = refused.status, refused.body()
            headers = [(b"x-amzn-errortype", refused.error_type.encode())]
        except Exception:
            # The caller gets AWS's plain text. The reason is for the developer, so it goes to the log.
            log.exception("a GraphQL request failed")
            status, content = 500, RequestRefused(500, "InternalFailureException", "Internal failure").body()
        if self._measure:
            self._measure(_api_id(scope) or "", status, time.monotonic() - began)
        await _send(send, status, headers, json.dumps(content, default=str).encode())

    async def _answer(self, scope: Scope, receive: Receive) -> dict[str, object]:
        api = existing_api(self._cloud, _api_id(scope) or "")
        request = await _read(scope, receive)
        caller = authenticate(request, api, self._cloud)
        if request.method != "POST":
            raise malformed(f"Unsupported method {request.method}: send GraphQL requests by POST.")
        return await self._executor.run(read_query(request.body), api, caller, request)


def _api_id(scope: Scope) -> str | None:
    path, host = scope["path"], _headers(scope).get("host", "")
    realtime = scope["type"] == "websocket"
    of_path, of_host = (_REALTIME_PATH, _REALTIME_HOST) if realtime else (_PATH, _HOST)
    paths = {"/graphql", "/graphql/realtime"} if realtime else {"/graphql"}
    if match := of_path.fullmatch(path):
        return match[1]
    if path in paths and (match := of_host.match(host)):
        return match[1]
    return None


def _headers(scope: Scope) -> dict[str, str]:
    """Header names in lower case. Repeated headers are joined, so that none is lost or preferred."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


async def _read(scope: Scope, receive: Receive) -> Request:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise malformed("The request ended early.")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > MAX_BODY:
            raise RequestRefused(413, "RequestEntityTooLargeException", "The request is larger than 1 MB.")
    headers = _headers(scope)
    headers.setdefault("x-amzn-trace-id", new_trace_id())
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    raw_path = scope.get("raw_path") or scope["path"].encode()
    client = scope.get("client") or ("127.0.0.1", 0)
    return Request(
        scope["method"],
        raw_path.split(b"?")[0].decode("latin-1"),
        query,
        headers,
        list(scope["headers"]),
        bytes(body),
        client[0],
        signed_paths=(OWN_PATH,),
    )


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], content: bytes) -> None:
    every = [
        (b"content-type", b"application/json;charset=UTF-8"),
        (b"content-length", str(len(content)).encode()),
        (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
        *_CORS,
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": every})
    await send({"type": "http.response.body", "body": content})

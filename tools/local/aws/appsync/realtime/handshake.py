"""Authentication of connections: the credentials are in the URL or in the sub-protocol, since browsers cannot set
headers for WebSockets."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tools.local.asgi import Scope
from tools.local.aws.appsync.errors import RequestRefused, unauthorized
from tools.local.aws.appsync.model import Request, new_trace_id
from tools.local.aws.appsync.realtime.messages import PROTOCOL

# The path of AppSync's own GraphQL endpoints. Several clients sign it whatever the URL is.
OWN_PATH = "/graphql"
MAX_HEADER = 32_768
_HEADER_PROTOCOL = "header-"


class WrongProtocol(RequestRefused):
    """The client does not speak the protocol."""

    def __init__(self) -> None:
        super().__init__(400, "", "NoProtocolError")


def connect_request(scope: Scope, headers: Mapping[str, str]) -> Request:
    """The request that the client's credentials represent; raises RequestRefused."""
    offered = [str(one) for one in scope.get("subprotocols") or ()]
    if PROTOCOL not in offered:
        raise WrongProtocol
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    in_protocol = next((one.removeprefix(_HEADER_PROTOCOL) for one in offered if one.startswith(_HEADER_PROTOCOL)), "")
    encoded = in_protocol or (query.get("header") or [""])[0]
    if not encoded:
        raise unauthorized("Required headers are missing.")
    credentials = given_headers(_json(encoded, "header"))
    payload = _decoded((query.get("payload") or ["e30="])[0], "payload")
    path = graphql_path(scope)
    return signed_request(scope, credentials, payload, f"{path}/connect", f"{OWN_PATH}/connect", host=host_of(headers))


def start_request(scope: Scope, credentials: Any, data: str, headers: Mapping[str, str]) -> Request:
    """The request that the credentials of a `start` message represent; raises RequestRefused."""
    given = given_headers(credentials)
    # The signature may not cover the host, as a subscription is not an HTTP request of its own.
    given.setdefault("host", host_of(headers))
    return signed_request(scope, given, data.encode(), graphql_path(scope), OWN_PATH, host=host_of(headers))


def signed_request(
    scope: Scope, credentials: Mapping[str, str], body: bytes, path: str, other_path: str, *, host: str
) -> Request:
    # The host names the API. A credential for another host is not valid here.
    if credentials.get("host", "").lower() != host:
        raise unauthorized("Required headers are missing." if "host" not in credentials else unauthorized().message)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in credentials.items()]
    client = scope.get("client") or ("127.0.0.1", 0)
    traced = {"x-amzn-trace-id": new_trace_id(), **credentials}
    return Request("POST", path, {}, traced, raw, body, client[0], signed_paths=(other_path,))


def graphql_path(scope: Scope) -> str:
    path = str(scope["path"]).rstrip("/")
    return path.removesuffix("/realtime")


def host_of(headers: Mapping[str, str]) -> str:
    """The host of the GraphQL endpoint beside this real-time one."""
    return headers.get("host", "").lower().replace("appsync-realtime-api", "appsync-api")


def given_headers(credentials: Any) -> dict[str, str]:
    """Header names in lower case; raises RequestRefused for values that an HTTP request cannot have."""
    if not isinstance(credentials, dict):
        raise unauthorized("Required headers are missing.")
    found: dict[str, str] = {}
    for given, value in credentials.items():
        name = given.lower()
        sound = isinstance(value, str) and value.isascii() and value.isprintable() and name.isascii()
        if not sound or not name.isprintable() or name in found or len(found) >= 50:
            raise RequestRefused(400, "BadRequestException", "The authorization headers are not valid HTTP headers.")
        found[name] = value
    return found


def _decoded(encoded: str, what: str) -> bytes:
    if len(encoded) <= MAX_HEADER:
        # Clients use both base64 alphabets, with and without padding. A plus in a URL may have become a space.
        plain = encoded.rstrip("=").replace(" ", "+").replace("+", "-").replace("/", "_")
        try:
            return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            pass
    raise RequestRefused(400, "BadRequestException", f"The {what} is not base64.")


def _json(encoded: str, what: str) -> Any:
    try:
        return json.loads(_decoded(encoded, what))
    except (ValueError, RecursionError):
        raise RequestRefused(400, "BadRequestException", f"The {what} is not base64-encoded JSON.") from None

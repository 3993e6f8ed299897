"""Who connects: the credentials in the URL or in the sub-protocol, since browsers can send no headers of their own."""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from tools.local.asgi import Scope
from tools.local.aws.appsync.errors import RequestRefused, unauthorized
from tools.local.aws.appsync.model import Request
from tools.local.aws.appsync.realtime.messages import PROTOCOL

# Where AppSync's own host names have their GraphQL endpoint; several clients sign this path whatever the URL is.
OWN_PATH = "/graphql"
MAX_HEADER = 32_768
_HEADER_PROTOCOL = "header-"


class NoProtocol(RequestRefused):
    """The client does not speak the protocol."""

    def __init__(self) -> None:
        super().__init__(400, "", "NoProtocolError")


def connect_request(scope: Scope, headers: Mapping[str, str]) -> Request:
    """The request that the client's credentials stand for; raises RequestRefused."""
    offered = [str(one) for one in scope.get("subprotocols") or ()]
    if PROTOCOL not in offered:
        raise NoProtocol
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
    in_protocol = next((one.removeprefix(_HEADER_PROTOCOL) for one in offered if one.startswith(_HEADER_PROTOCOL)), "")
    encoded = in_protocol or (query.get("header") or [""])[0]
    if not encoded:
        raise unauthorized("Required headers are missing.")
    said = given_headers(_json(encoded, "header"))
    payload = _decoded((query.get("payload") or ["e30="])[0], "payload")
    path = graphql_path(scope)
    return signed_request(scope, said, payload, f"{path}/connect", f"{OWN_PATH}/connect", host=host_of(headers))


def start_request(scope: Scope, said: Any, data: str, headers: Mapping[str, str]) -> Request:
    """The request that the credentials of a `start` message stand for; raises RequestRefused."""
    given = given_headers(said)
    # What the signature covers may lack the host, as a subscription has no request of its own.
    given.setdefault("host", host_of(headers))
    return signed_request(scope, given, data.encode(), graphql_path(scope), OWN_PATH, host=host_of(headers))


def signed_request(
    scope: Scope, said: Mapping[str, str], body: bytes, path: str, other_path: str, *, host: str
) -> Request:
    # The host is what says which API is meant; one for elsewhere is no credential for here.
    if said.get("host", "").lower() != host:
        raise unauthorized("Required headers are missing." if "host" not in said else unauthorized().message)
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said.items()]
    client = scope.get("client") or ("127.0.0.1", 0)
    traced = {"x-amzn-trace-id": f"Root=1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}", **said}
    return Request("POST", path, {}, traced, raw, body, client[0], signed_paths=(other_path,))


def graphql_path(scope: Scope) -> str:
    path = str(scope["path"]).rstrip("/")
    return path.removesuffix("/realtime")


def host_of(headers: Mapping[str, str]) -> str:
    """The host of the GraphQL endpoint beside this real-time one."""
    return headers.get("host", "").lower().replace("appsync-realtime-api", "appsync-api")


def given_headers(said: Any) -> dict[str, str]:
    """Header names in lower case; raises RequestRefused for anything that no HTTP request could have had."""
    if not isinstance(said, dict):
        raise unauthorized("Required headers are missing.")
    found: dict[str, str] = {}
    for given, value in said.items():
        name = given.lower()
        sound = isinstance(value, str) and value.isascii() and value.isprintable() and name.isascii()
        if not sound or not name.isprintable() or name in found or len(found) >= 50:
            raise RequestRefused(400, "BadRequestException", "The authorization headers are not valid HTTP headers.")
        found[name] = value
    return found


def _decoded(encoded: str, what: str) -> bytes:
    if len(encoded) <= MAX_HEADER:
        # Both alphabets are in use, with and without padding; a plus in a URL may have become a space.
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

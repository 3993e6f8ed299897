"""The engine's distributions, on ports of their own and with a cache.

The engine has the control plane, matches behaviors, runs functions, applies policies, and reads an S3 origin with the
distribution's origin access control.
"""

import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs

from tools.local.asgi import Receive, Scope, Send
from tools.local.aws.cloudfront import compression
from tools.local.aws.cloudfront.cache import Answer, Cache, Key, Ttl
from tools.local.aws.cloudfront.engine_edge_functions import invalid
from tools.local.aws.cloudfront.ports import Ports, domain_of, port_of
from tools.local.engine.patching import core, patch, service
from tools.local.home import ACCOUNT, REGION

cache = Cache(time.monotonic)
ports = Ports()
DEFAULT_METHODS = ["GET", "HEAD"]
# Requests for a part or under a condition go to the origin.
_NOT_KEPT = frozenset(("range", "if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"))
_NOT_IN_THE_KEY = frozenset(("user-agent", "via"))

Viewed = tuple[int, dict[str, Any], bytes]

# Of the current request; empty when CloudFront answers by itself, before it looks for the origin.
_behavior: ContextVar[dict[str, Any] | None] = ContextVar("behavior", default=None)
_hit: ContextVar[bool] = ContextVar("hit", default=False)


def start() -> None:
    """Serve the distributions. Call it in the event loop, when the state has been loaded."""
    known = [port_of(str(each["DomainName"])) for each in service("cloudfront")._distributions._data.values()]
    ports.start(filter(None, known), _serve)


async def _serve(port: int, scope: Scope, receive: Receive, send: Send) -> None:
    cloudfront, responses = service("cloudfront"), core("core.responses")
    with responses.request_scope(ACCOUNT, REGION):
        found = next(
            (each for each in cloudfront._distributions.values() if each["DomainName"] == domain_of(port)), None
        )
        status, headers, content = await _answer(cloudfront, found, scope, await _body(receive))
    sent = [
        (str(name).lower().encode("latin-1"), str(each).encode("latin-1"))
        for name, value in headers.items()
        for each in (value if isinstance(value, list) else [value])
        if str(name).lower() != "content-length"
    ]
    length = headers.get("Content-Length") or headers.get("content-length") if scope["method"] == "HEAD" else None
    sent.append((b"content-length", str(length or len(content)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})


async def _body(receive: Receive) -> bytes:
    content = b""
    while True:
        message = await receive()
        content += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return content


async def _answer(cloudfront: Any, found: dict[str, Any] | None, scope: Scope, body: bytes) -> Viewed:
    if found is None or not found["enabled"]:
        refusal: Viewed = cloudfront._cf_error_response(
            403, "The request could not be satisfied.", cloudfront._ERROR_X_CACHE
        )
        return refusal
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    # On AWS these URLs begin with https://. Here they need no certificate that clients would have to trust.
    headers["x-forwarded-proto"] = "https"
    query = scope["query_string"].decode("latin-1")
    raw_path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
    values = parse_qs(query, keep_blank_values=True)
    _behavior.set(None)
    invalid.set(False)
    asked: Awaitable[Viewed] = cloudfront.handle_viewer_request(
        found, scope["method"], scope["path"], raw_path, query, headers, body, values
    )
    return _as_viewed(cloudfront, await asked, headers.get("accept-encoding", ""))


def _as_viewed(cloudfront: Any, answer: Viewed, accepted: str) -> Viewed:
    """The answer, compressed if its behavior and the viewer admit that."""
    status, headers, content = answer
    headers = {str(name).lower(): value for name, value in headers.items()}
    if invalid.get():
        status = 502
    if status >= 400:
        headers["x-cache"] = headers["x-cache"].replace("Miss", "Error").replace("Hit", "Error")
    behavior = _behavior.get()
    if not content or behavior is None or not (behavior["compress"] and _gzip(cloudfront, behavior)):
        return status, headers, content
    if not compression.is_compressed(status, headers, len(content), accepted):
        return status, headers, content
    return (status, *compression.compressed(headers, content))


def _gzip(cloudfront: Any, behavior: dict[str, Any]) -> bool:
    """Whether the cache policy admits gzip and keeps anything; CloudFront compresses nothing else."""
    parameters = cloudfront.cache_policy_params(behavior.get("cache_policy_id")) or {}
    return bool(parameters.get("EnableAcceptEncodingGzip")) and _ttl(cloudfront, behavior).most > 0


@patch
def a_distribution_has_a_port() -> None:
    """AWS gives a distribution a host name of its own. The engine does too, but no DNS knows it."""
    cloudfront, provisioners = core("services.cloudfront"), core("services.cloudformation.provisioners")
    cloudfront._new_distribution_domain = lambda: domain_of(ports.open())
    table = provisioners._RESOURCE_HANDLERS["AWS::CloudFront::Distribution"]
    remove: Callable[..., Any] = table["delete"]
    delete: Callable[..., Any] = cloudfront._delete_distribution

    def close(distribution: str, remove: Callable[[], Any]) -> Any:
        before = cloudfront._distributions.get(distribution)
        answer = remove()
        if before is not None and distribution not in cloudfront._distributions:
            ports.close(port_of(str(before["DomainName"])))
            cache.invalidate(str(before["ARN"]), ["/*"])
        return answer

    table["delete"] = lambda physical_id, properties: close(physical_id, lambda: remove(physical_id, properties))
    cloudfront._delete_distribution = lambda found, headers: close(found, lambda: delete(found, headers))


@patch
def only_allowed_methods_are_served() -> None:
    """A behavior without AllowedMethods serves GET and HEAD. The engine serves all methods then.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AllowedMethods.html
    """
    cloudfront = core("services.cloudfront")
    check: Callable[..., Any] = cloudfront._check_allowed_methods

    def check_allowed_methods(behavior: dict[str, Any], method: str) -> Any:
        allowed = behavior.get("allowed_methods")
        return check({**behavior, "allowed_methods": DEFAULT_METHODS if allowed is None else allowed}, method)

    cloudfront._check_allowed_methods = check_allowed_methods


@patch
def a_behavior_has_its_compression() -> None:
    """The engine reads what it serves of a behavior, and it compresses nothing."""
    cloudfront = core("services.cloudfront")
    parse: Callable[..., dict[str, Any]] = cloudfront._dataplane_behavior

    def dataplane_behavior(element: Any, path_pattern: str | None = None) -> dict[str, Any]:
        return {**parse(element, path_pattern), "compress": bool(cloudfront._xbool(element, "Compress", False))}

    cloudfront._dataplane_behavior = dataplane_behavior


@patch
def answers_are_kept() -> None:
    """A distribution keeps what its origins answer, for as long as the cache policy and the origin say. The engine
    asks the origin each time: what must be invalidated would never show."""
    cloudfront = core("services.cloudfront")
    predicates: Callable[..., Any] = cloudfront._forwarding_predicates
    fetch: Callable[..., Awaitable[Answer]] = cloudfront._fetch_from_origin
    add_headers: Callable[..., dict[str, Any]] = cloudfront._add_cloudfront_headers

    def forwarding_predicates(behavior: dict[str, Any]) -> Any:
        _behavior.set(behavior)
        _hit.set(False)
        return predicates(behavior)

    async def fetch_from_origin(
        origin: dict[str, Any], method: str, uri: str, query: str, headers: dict[str, str], *rest: Any
    ) -> Answer:
        if method not in DEFAULT_METHODS or not _NOT_KEPT.isdisjoint(headers):
            return await fetch(origin, method, uri, query, headers, *rest)
        more = sorted((name, value) for name, value in headers.items() if name not in _NOT_IN_THE_KEY)
        # The last argument is the ARN of the distribution.
        key = Key(str(rest[-1]), method, uri, (("origin", origin["id"]), ("query", query), *more))
        before = cache.invalidations(key.distribution)
        kept = cache.find(key)
        _hit.set(kept is not None)
        if kept is not None:
            return kept
        answer = await fetch(origin, method, uri, query, headers, *rest)
        cache.keep(key, answer, _ttl(cloudfront, _behavior.get() or {}), before)
        return answer

    def add_cloudfront_headers(headers: dict[str, Any], x_cache: str, *rest: Any, **more: Any) -> dict[str, Any]:
        if x_cache == "Miss from cloudfront" and _hit.get():
            x_cache = "Hit from cloudfront"
        return add_headers(headers, x_cache, *rest, **more)

    cloudfront._forwarding_predicates = forwarding_predicates
    cloudfront._fetch_from_origin = fetch_from_origin
    cloudfront._add_cloudfront_headers = add_cloudfront_headers


def _ttl(cloudfront: Any, behavior: dict[str, Any]) -> Ttl:
    """The limits of the behavior's cache policy; CloudFront's defaults for a behavior without one."""
    name = behavior.get("cache_policy_id")
    policy = cloudfront._cache_policies.get(name) or cloudfront._MANAGED_CACHE_POLICIES.get(name)
    config = policy["Config"] if policy else {}
    usual = Ttl()
    return Ttl(
        config.get("MinTTL", usual.least), config.get("DefaultTTL", usual.default), config.get("MaxTTL", usual.most)
    )


@patch
def invalidations_clear_the_cache() -> None:
    """Here an invalidation is complete when its request is answered; on AWS it takes up to some minutes."""
    cloudfront = core("services.cloudfront")
    create: Callable[..., tuple[int, Any, Any]] = cloudfront._create_invalidation

    def create_invalidation(distribution: str, body: bytes) -> tuple[int, Any, Any]:
        answer = create(distribution, body)
        if answer[0] == 201:
            batch = cloudfront._parse_body(body)
            found = cloudfront._find(cloudfront._find(batch, "Paths"), "Items")
            paths = [each.text or "" for each in found]
            cache.invalidate(str(cloudfront._distributions[distribution]["ARN"]), paths)
        return answer

    cloudfront._create_invalidation = create_invalidation

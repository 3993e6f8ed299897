"""The data plane's records of an API, and its interface to the cloud.

Records are read again for each request, so a changed key, client or resolver counts at once.
"""

import uuid
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class Mode(StrEnum):
    """The ways to authenticate a caller."""

    API_KEY = "API_KEY"
    USER_POOL = "AMAZON_COGNITO_USER_POOLS"
    IAM = "AWS_IAM"
    OIDC = "OPENID_CONNECT"
    LAMBDA = "AWS_LAMBDA"


@dataclass(frozen=True, slots=True)
class UserPool:
    pool_id: str
    region: str
    client_pattern: str | None = None
    # Only the default mode has one: the decision for fields without directives.
    default_action: str = "ALLOW"

    @property
    def issuer(self) -> str:
        return f"https://cognito-idp.{self.region}.amazonaws.com/{self.pool_id}"


@dataclass(frozen=True, slots=True)
class Provider:
    """One configured authorisation mode."""

    mode: Mode
    pool: UserPool | None = None


@dataclass(frozen=True, slots=True)
class DataSource:
    name: str
    type: str
    role_arn: str | None = None
    function_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Resolver:
    """A resolver's record; `runtime` and `code` are empty for a direct Lambda resolver."""

    type_name: str
    field_name: str
    data_source: str | None
    kind: str = "UNIT"
    runtime: str = ""
    code: str = ""
    templates: bool = False
    max_batch_size: int = 0
    # Its CachingConfig; without one it is never cached.
    is_cached: bool = False
    cache_seconds: int = 0
    cache_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Api:
    api_id: str
    arn: str
    account: str
    region: str
    default: Provider
    additional: tuple[Provider, ...]
    # Key id -> expiry, in seconds since 1970.
    keys: Mapping[str, float]
    schema: str
    resolvers: Mapping[tuple[str, str], Resolver]
    data_sources: Mapping[str, DataSource]
    introspection: bool = True
    depth_limit: int = 0
    resolver_limit: int = 0
    # It has a cache, for resolvers with a CachingConfig.
    has_cache: bool = False

    @property
    def providers(self) -> tuple[Provider, ...]:
        return (self.default, *self.additional)

    def has(self, mode: Mode) -> bool:
        return any(provider.mode is mode for provider in self.providers)


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of an HTTP request that authentication needs. Header names are in lower case."""

    method: str
    raw_path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw_headers: list[tuple[bytes, bytes]]
    body: bytes
    source_ip: str
    # Other paths that a signature may cover: clients sign `/graphql`, the path on AppSync's own host names.
    signed_paths: tuple[str, ...] = ()


class SignatureRefused(Exception):
    """AWS's code and text for an invalid signature."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Signer(Protocol):
    """A principal whose signature was verified."""

    @property
    def identity(self) -> Mapping[str, Any]: ...

    def may(self, action: str, resource: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A Lambda function's answer: a payload, or an error with Lambda's type and text."""

    payload: Any = None
    error_type: str | None = None
    error_message: str = ""


class Cloud(Protocol):
    """The data plane's interface to the cloud around it."""

    def api(self, api_id: str) -> Api | None: ...

    def pool_keys(self, pool_id: str) -> Mapping[str, RSAPublicKey]:
        """The pool's public keys by key id; empty when there is no such pool."""
        ...

    def pool_clients(self, pool_id: str) -> Collection[str]:
        """The ids of the pool's app clients."""
        ...

    def signer(self, request: Request, api: Api) -> Signer:
        """The principal that signed this request; raises SignatureRefused."""
        ...

    def role_refusal(self, role_arn: str | None, action: str, resource: str) -> str | None:
        """Why AppSync cannot use the role for this action; None when it can."""
        ...

    def cache(self, api: Api) -> MutableMapping[str, tuple[float, Any]]:
        """The entries of the API's cache: when each expires, and its value."""
        ...

    async def invoke(self, api: Api, function_arn: str, payload: Any) -> Answer:
        """Call a function by its ARN, with version or alias, without blocking the event loop."""
        ...


def new_trace_id() -> str:
    """An X-Ray trace id, for a request without one."""
    return f"Root=1-{uuid.uuid4().hex[:8]}-{uuid.uuid4().hex[:24]}"

"""What the data plane knows of an API, and the edge to the cloud that keeps it.

Records are read anew for each request, so that a changed key, client or resolver counts at once.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


class Mode(StrEnum):
    """How a caller may prove who it is."""

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
    # Only the default mode has one: what happens to a field that no directive speaks of.
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


@dataclass(frozen=True, slots=True)
class Api:
    api_id: str
    arn: str
    account: str
    region: str
    default: Provider
    additional: tuple[Provider, ...]
    # Key id -> when it expires, in seconds since 1970.
    keys: Mapping[str, float]
    schema: str
    resolvers: Mapping[tuple[str, str], Resolver]
    data_sources: Mapping[str, DataSource]
    introspection: bool = True
    depth_limit: int = 0
    resolver_limit: int = 0

    @property
    def providers(self) -> tuple[Provider, ...]:
        return (self.default, *self.additional)

    def has(self, mode: Mode) -> bool:
        return any(provider.mode is mode for provider in self.providers)


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as far as authentication needs it; header names are in lower case."""

    method: str
    raw_path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    raw_headers: list[tuple[bytes, bytes]]
    body: bytes
    source_ip: str
    # Other paths that a signature may name: clients sign `/graphql`, where AppSync's own host names have it.
    signed_paths: tuple[str, ...] = ()


class SignatureRefused(Exception):
    """AWS's code and text for a request whose signature does not hold."""

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
    """What a Lambda function gave: a payload, or an error with Lambda's type and text."""

    payload: Any = None
    error_type: str | None = None
    error_message: str = ""


class Cloud(Protocol):
    """Everything the data plane needs of the cloud around it."""

    def api(self, api_id: str) -> Api | None: ...

    def pool_keys(self, pool_id: str) -> Mapping[str, RSAPublicKey]:
        """The pool's public keys by key id; empty when there is no such pool."""
        ...

    def pool_clients(self, pool_id: str) -> Collection[str]:
        """The ids of the pool's app clients."""
        ...

    def signer(self, request: Request, api: Api) -> Signer:
        """Who signed this request; raises SignatureRefused."""
        ...

    def role_refusal(self, role_arn: str | None, action: str, resource: str) -> str | None:
        """Why the role cannot be used by AppSync for this action; None when it can."""
        ...

    async def invoke(self, api: Api, function_arn: str, payload: Any) -> Answer:
        """Call a function by its ARN, with version or alias, without blocking the event loop."""
        ...

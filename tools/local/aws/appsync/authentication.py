"""Authentication: the one mode that a request is checked with, and the identity that resolvers get.

The request's headers choose the mode, in this order: `x-api-key` when the API has keys; a SigV4 signature when it has
IAM; else a token when it has user pools. So a request with both a key and a token has a key's rights, as on AppSync
since June 2021. An error in the chosen mode refuses the request; the other modes are not tried.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tools.local.aws.appsync import tokens
from tools.local.aws.appsync.errors import RequestRefused, unauthorized
from tools.local.aws.appsync.model import Api, Cloud, Mode, Request, SignatureRefused, Signer, UserPool


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller and the mode."""

    mode: Mode
    identity: Mapping[str, Any] | None
    groups: frozenset[str] = field(default_factory=frozenset)
    signer: Signer | None = None


def authenticate(request: Request, api: Api, cloud: Cloud, now: Callable[[], float] = time.time) -> Caller:
    """Authenticate the caller; raises RequestRefused as AppSync does."""
    key, authorization = request.headers.get("x-api-key"), request.headers.get("authorization", "").strip()
    if key and api.has(Mode.API_KEY):
        return _by_key(key, api, now())
    if not authorization and "X-Amz-Signature" not in request.query:
        # A key for an API without keys is a wrong credential, not a missing one.
        raise unauthorized() if key else unauthorized("Valid authorization header not provided.")
    if authorization.startswith("AWS4-") or "X-Amz-Signature" in request.query:
        if not api.has(Mode.IAM):
            raise unauthorized("Valid authorization header not provided.")
        return _by_signature(request, api, cloud)
    pools = [provider.pool for provider in api.providers if provider.mode is Mode.USER_POOL and provider.pool]
    if not pools:
        raise unauthorized("Valid authorization header not provided.")
    return _by_token(authorization, pools, api, cloud, request.source_ip, now())


def _by_key(key: str, api: Api, now: float) -> Caller:
    expires = api.keys.get(key)
    if expires is None or expires <= now:
        raise unauthorized()
    return Caller(Mode.API_KEY, None)


def _by_signature(request: Request, api: Api, cloud: Cloud) -> Caller:
    try:
        signer = _signer(request, api, cloud)
    except SignatureRefused as refused:
        status, error_type = (400, "BadRequestException")
        if refused.code not in ("SignatureDoesNotMatch", "IncompleteSignature"):
            status, error_type = (403, refused.code.removesuffix("Exception") + "Exception")
        raise RequestRefused(status, error_type, refused.message) from None
    return Caller(Mode.IAM, signer.identity, signer=signer)


def _signer(request: Request, api: Api, cloud: Cloud) -> Signer:
    try:
        return cloud.signer(request, api)
    except SignatureRefused as refused:
        if refused.code != "SignatureDoesNotMatch" or not request.signed_paths:
            raise
    path, *others = request.signed_paths
    return _signer(replace(request, raw_path=path, signed_paths=tuple(others)), api, cloud)


def _by_token(authorization: str, pools: list[UserPool], api: Api, cloud: Cloud, source_ip: str, now: float) -> Caller:
    scheme, _, rest = authorization.partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else authorization
    claims, pool = tokens.verify(token, pools, cloud, now)
    listed = claims.get("cognito:groups")
    groups = [str(group) for group in listed] if isinstance(listed, list) else None
    default = api.default.pool is pool
    identity = {
        "claims": claims,
        "defaultAuthStrategy": pool.default_action if default else "ALLOW",
        "groups": groups,
        "issuer": claims["iss"],
        "sourceIp": [source_ip],
        "sub": claims["sub"],
        "username": claims.get("cognito:username") or claims.get("username") or claims["sub"],
    }
    return Caller(Mode.USER_POOL, identity, frozenset(groups or ()))

"""Tokens of Cognito user pools: valid only when the pool signed them, at this time, for one of its own clients.

Both ID tokens (`aud`) and access tokens (`client_id`) are accepted, as on AppSync. AppSync checks signature and claims
only: a token of a user who was signed out or disabled works until it expires.
"""

import base64
import binascii
import json
import math
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from tools.local.aws.appsync.errors import unauthorized
from tools.local.aws.appsync.model import Cloud, UserPool

Claims = Mapping[str, Any]

# Far above any real token. Larger ones are not decoded.
MAX_TOKEN = 16_384


def verify(token: str, pools: Iterable[UserPool], cloud: Cloud, now: float) -> tuple[Claims, UserPool]:
    """The claims of a valid token, and its pool; raises RequestRefused with AppSync's text."""
    if len(token) > MAX_TOKEN:
        raise unauthorized("Unable to parse JWT token.")
    parts = token.split(".")
    if len(parts) != 3:
        raise unauthorized("Unable to parse JWT token.")
    header, claims = _object(parts[0]), _object(parts[1])
    signature = _decode(parts[2])
    pool = next((pool for pool in pools if claims.get("iss") == pool.issuer), None)
    if pool is None:
        raise unauthorized()
    keys = cloud.pool_keys(pool.pool_id)
    if not _signed(header, f"{parts[0]}.{parts[1]}".encode(), signature, keys):
        raise unauthorized()
    _check_time(claims, now)
    _check_client(claims, pool, cloud.pool_clients(pool.pool_id))
    if not isinstance(claims.get("sub"), str):
        raise unauthorized()
    return claims, pool


def _signed(header: Claims, text: bytes, signature: bytes, keys: Mapping[str, RSAPublicKey]) -> bool:
    # The token must not choose the algorithm: `none` and HMAC with the public key are known forgeries.
    if header.get("alg") != "RS256" or "crit" in header:
        return False
    kid = header.get("kid")
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        return False
    try:
        key.verify(signature, text, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _check_time(claims: Claims, now: float) -> None:
    if _seconds(claims.get("exp")) <= now:
        raise unauthorized("Token has expired.")
    if _seconds(claims.get("nbf", 0)) > now:
        raise unauthorized()


def _check_client(claims: Claims, pool: UserPool, clients: Collection[str]) -> None:
    use = claims.get("token_use")
    client = {"id": claims.get("aud"), "access": claims.get("client_id")}.get(use) if isinstance(use, str) else None
    if not isinstance(client, str) or client not in clients:
        raise unauthorized()
    if pool.client_pattern and not re.fullmatch(pool.client_pattern, client):
        raise unauthorized()


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise unauthorized()
    return value


def _decode(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise unauthorized("Unable to parse JWT token.") from None


def _object(part: str) -> Claims:
    try:
        value = json.loads(_decode(part))
    except (ValueError, RecursionError):
        raise unauthorized("Unable to parse JWT token.") from None
    if not isinstance(value, dict):
        raise unauthorized("Unable to parse JWT token.")
    return value

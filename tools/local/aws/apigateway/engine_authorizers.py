"""Cognito user pools as authorizers of REST APIs."""

import base64
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from tools.local.aws.apigateway import security
from tools.local.engine.patching import core, patch

EXPIRED = "The incoming token has expired"
# These two arrive as dates; other times, such as `auth_time`, as numbers.
DATES = ("exp", "iat")


@patch
def a_document_leaves_no_method_open_by_mistake() -> None:
    """AWS imports a document whose security scheme it does not know with a warning, and the method is open. So does the
    engine. Here the import fails."""
    v1, cognito = core("services.apigateway_v1"), core("services.cognito")
    original: Callable[..., str] = v1._import_rest_api

    def import_rest_api(spec: Mapping[str, Any], base_data: Mapping[str, Any] | None = None) -> str:
        security.check(spec, {pool["Arn"] for _, pool in cognito._user_pools.all_items()})
        return original(spec, base_data)

    v1._import_rest_api = import_rest_api


@patch
def a_method_without_scopes_takes_id_tokens() -> None:
    """AWS takes the token of a method without scopes for an ID token, else for an access token. It answers an expired
    token with a text of its own. The engine takes both kinds, and a token without an end."""
    v1 = core("services.apigateway_v1")
    original: Callable[..., Any] = v1._validate_cognito_authorizer

    async def validate(
        authorizer: Mapping[str, Any], method: Mapping[str, Any], headers: Any, query: Any, stage: Any
    ) -> Any:
        claims, error = await original(authorizer, method, headers, query, stage)
        if error is not None:
            token = v1._cognito_token_from_request(authorizer, headers, query, stage)
            return None, v1._gw_error(error.response_type, EXPIRED) if _has_expired(token or "") else error
        wanted = "access" if method.get("authorizationScopes") else "id"
        if claims.get("token_use") != wanted or "exp" not in claims:
            return None, v1._gw_error("UNAUTHORIZED", "Unauthorized")
        return claims, None

    v1._validate_cognito_authorizer = validate


def _has_expired(token: str) -> bool:
    try:
        payload = token.split(".")[1]
        end = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return bool(end <= time.time())
    except (ValueError, IndexError, KeyError, TypeError, RecursionError):
        return False


@patch
def claims_are_strings() -> None:
    """AWS passes a list as its items with commas between, and `exp` and `iat` as dates. The engine passes a list in
    brackets, as HTTP APIs do, and numbers."""
    core("services.apigateway_v1")._stringify_claims = as_strings


def as_strings(claims: Mapping[str, Any]) -> dict[str, str]:
    return {name: _as_string(name, value) for name, value in claims.items() if value is not None}


def _as_string(name: str, value: Any) -> str:
    if name in DATES and isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    if isinstance(value, list):
        return ",".join(map(str, value))
    if isinstance(value, bool | dict):
        return json.dumps(value, separators=(",", ":"))
    return str(value)

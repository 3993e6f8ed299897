"""REST APIs in a template: what of their OpenAPI documents is known, and who may call a route."""

from collections.abc import Mapping
from typing import Any

from tools.sim.not_simulated import NotSimulated

OF_APIS = frozenset(("BinaryMediaTypes", "Body", "EndpointConfiguration", "Name", "Parameters"))
OF_DOCUMENTS = frozenset(("components", "info", "openapi", "paths")) | {
    f"x-amazon-apigateway-{name}"
    for name in ("binary-media-types", "gateway-responses", "request-validator", "request-validators")
}
_SIGNED, _USERS, _KEYS = "awsSigv4", "cognito_user_pools", "api_key"


def integration_of(operation: Any) -> Mapping[str, Any]:
    """The integration of an operation of an OpenAPI document; empty without one."""
    found = operation.get("x-amazon-apigateway-integration") if isinstance(operation, Mapping) else None
    return found or {}


def has_route(where: str, method: str, operation: Any) -> bool:
    """Whether a function or a service of AWS answers. A mock answers browsers, which ask for CORS."""
    kind = integration_of(operation).get("type")
    if method == "parameters" or kind == "mock":
        return False
    if kind not in ("aws_proxy", "aws"):
        raise NotSimulated(f"{where} has an integration of type {kind}")
    return True


def callers_of(where: str, operation: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[bool, bool, bool]:
    """Whether callers sign, have a token of the user pool, or have an API key."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    wanted = [scheme for each in operation.get("security", document.get("security", [])) for scheme in each]
    kinds = {schemes.get(scheme, {}).get("x-amazon-apigateway-authtype", scheme) for scheme in wanted}
    if unknown := kinds - {_SIGNED, _USERS, _KEYS}:
        raise NotSimulated(f"{where} has the security scheme {sorted(unknown)[0]}")
    return _SIGNED in kinds, _USERS in kinds, _KEYS in kinds

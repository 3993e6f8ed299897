"""The security schemes of an OpenAPI document, as API Gateway understands them. Pure.

A scheme that API Gateway does not know leaves a method open on AWS, where the import only warns. Here it is refused.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tools.local.aws.apigateway.openapi import ANY, METHODS

AUTHORIZERS = ("token", "request", "cognito_user_pools")
API_KEY_HEADER = "x-api-key"
KEY_SOURCE = "x-amazon-apigateway-api-key-source"
Document = Mapping[str, Any]


def check(document: Document, pools: Collection[str]) -> None:
    """Raises ValueError for what would leave a method open, or open to tokens that AWS refuses. `pools` are the ARNs of
    the user pools that exist."""
    if str(document.get(KEY_SOURCE, "HEADER")).upper() != "HEADER":
        raise ValueError(f"{KEY_SOURCE}: the local cloud takes API keys from the header {API_KEY_HEADER} only")
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    for where, requirement in _requirements(document):
        authorizers = [name for name in requirement if not _is_api_key(schemes.get(name))]
        if len(authorizers) > 1:
            raise ValueError(f"{where}: a method has one authorizer, not {', '.join(authorizers)}")
        for name in authorizers:
            _check_authorizer(where, name, schemes.get(name) or {}, pools)


def _requirements(document: Document) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, item in (document.get("paths") or {}).items():
        for key, operation in item.items():
            if key.lower() not in METHODS and key != ANY:
                continue
            security = (operation or {}).get("security")
            for requirement in document.get("security") or [] if security is None else security:
                yield f"{key.upper()} {path}", requirement


def _is_api_key(scheme: Any) -> bool:
    is_extended = isinstance(scheme, Mapping) and "x-amazon-apigateway-authtype" in scheme
    return (
        isinstance(scheme, Mapping)
        and not is_extended
        and scheme.get("type") == "apiKey"
        and scheme.get("in") == "header"
        and str(scheme.get("name", "")).lower() == API_KEY_HEADER
    )


def _check_authorizer(where: str, name: str, scheme: Document, pools: Collection[str]) -> None:
    if not scheme:
        raise ValueError(f"{where}: the document defines no security scheme {name}")
    kind = str(scheme.get("x-amazon-apigateway-authtype", "")).lower()
    authorizer = scheme.get("x-amazon-apigateway-authorizer") or {}
    if kind == "awssigv4" and not authorizer:
        return
    authorizer_kind = str(authorizer.get("type", "")).lower()
    if authorizer_kind not in AUTHORIZERS:
        raise ValueError(f"{where}: {name} is no security scheme of API Gateway; the method would be open")
    if authorizer_kind == "cognito_user_pools":
        if kind != "cognito_user_pools":
            raise ValueError(f"{where}: {name} needs x-amazon-apigateway-authtype: cognito_user_pools")
        providers = authorizer.get("providerARNs") or []
        unknown = [arn for arn in providers if arn not in pools]
        if unknown or not providers:
            raise ValueError(f"{where}: {name} names no user pool that exists: {', '.join(map(str, unknown))}")

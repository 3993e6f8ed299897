"""What API Gateway reads from an OpenAPI 3.0 document, apart from paths and security schemes.

Pure: a document in, a description out. `$ref` into `components` is followed for parameters and bodies. In schemas it is
kept, together with its components.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
ANY = "x-amazon-apigateway-any-method"
JSON = "application/json"
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Method:
    """One operation. `None` means that the document does not set the value. Response headers are by status code."""

    path: str
    verb: str
    authorization: str | None
    validator: str | None
    parameters: dict[str, bool]
    body_schema: dict[str, Any] | None
    body_required: bool
    integration: dict[str, Any]
    integration_responses: dict[str, dict[str, Any]]
    response_headers: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Api:
    """The API that a document describes."""

    methods: tuple[Method, ...]
    validators: dict[str, dict[str, bool]]
    gateway_responses: dict[str, dict[str, Any]]
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)


def read(document: Document) -> Api:
    """Describe a document. Unknown parts are left out."""
    validators = {
        name: {key: bool(settings.get(key)) for key in ("validateRequestBody", "validateRequestParameters")}
        for name, settings in (document.get("x-amazon-apigateway-request-validators") or {}).items()
    }
    return Api(
        methods=tuple(_methods(document)),
        validators=validators,
        gateway_responses=dict(document.get("x-amazon-apigateway-gateway-responses") or {}),
        schemas={
            name: _with_components({"$ref": f"#/components/schemas/{name}"}, document)
            for name in _components(document).get("schemas") or {}
        },
    )


def resolve(document: Document, value: Any) -> Any:
    """Follow `$ref` to its target in this document."""
    seen = set()
    while isinstance(value, Mapping) and isinstance(value.get("$ref"), str):
        pointer = value["$ref"]
        if pointer in seen or not pointer.startswith("#/"):
            return {}
        seen.add(pointer)
        value = document
        for part in pointer[2:].split("/"):
            value = value.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(value, Mapping) else {}
    return value


def _methods(document: Document) -> Iterator[Method]:
    default_validator = document.get("x-amazon-apigateway-request-validator")
    for path, item in (document.get("paths") or {}).items():
        shared = item.get("parameters") or []
        for key, operation in item.items():
            if key.lower() in METHODS:
                verb = key.upper()
            elif key == ANY:
                verb = "ANY"
            else:
                continue
            yield _method(document, path, verb, operation or {}, shared, default_validator)


def _method(
    document: Document, path: str, verb: str, operation: Document, shared: list[Any], validator: str | None
) -> Method:
    body = resolve(document, operation.get("requestBody")) or {}
    schema = ((body.get("content") or {}).get(JSON) or {}).get("schema")
    integration = dict(operation.get("x-amazon-apigateway-integration") or {})
    if isinstance(integration.get("passthroughBehavior"), str):  # lower case in documents, upper case in the API
        integration["passthroughBehavior"] = integration["passthroughBehavior"].upper()
    auth = (operation.get("x-amazon-apigateway-auth") or {}).get("type")
    kept = ("type", "httpMethod", "uri", "credentials", "requestParameters", "requestTemplates", "passthroughBehavior",
            "timeoutInMillis", "cacheKeyParameters", "contentHandling", "connectionType")  # fmt: skip
    return Method(
        path=path,
        verb=verb,
        authorization=str(auth).upper() if auth else None,
        validator=operation.get("x-amazon-apigateway-request-validator", validator),
        parameters=_parameters(document, [*shared, *(operation.get("parameters") or [])]),
        body_schema=None if schema is None else _with_components(schema, document),
        body_required=bool(body.get("required")),
        integration={key: integration[key] for key in kept if integration.get(key) is not None},
        integration_responses={
            pattern: {**answer, "selectionPattern": "" if pattern == "default" else pattern}
            for pattern, answer in (integration.get("responses") or {}).items()
        },
        response_headers={
            str(code): tuple(resolve(document, answer).get("headers") or ())
            for code, answer in (operation.get("responses") or {}).items()
        },
    )


def _parameters(document: Document, declared: list[Any]) -> dict[str, bool]:
    places = {"path": "path", "query": "querystring", "header": "header"}
    found = {}
    for each in declared:
        parameter = resolve(document, each)
        place = places.get(parameter.get("in"))
        if place:
            found[f"method.request.{place}.{parameter['name']}"] = bool(parameter.get("required"))
    return found


def _components(document: Document) -> Mapping[str, Any]:
    return document.get("components") or {}


# Important notes for REST APIs: models know neither the first ones nor null; a request's validation skips the last two.
DROPPED = {"anyOf", "oneOf", "nullable", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems"}


def as_imported(schema: Any) -> Any:
    """What API Gateway keeps of a schema when it imports a document."""
    if isinstance(schema, list):
        return [as_imported(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    dropped = {key for key in schema if key in DROPPED or (key == "type" and isinstance(schema[key], list))}
    # The keys of `properties` are names of the user's, not keywords.
    return {
        key: {name: as_imported(inner) for name, inner in value.items()}
        if key == "properties" and isinstance(value, Mapping)
        else as_imported(value)
        for key, value in schema.items()
        if key not in dropped
    }


def _with_components(schema: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """A self-contained schema: with the components that its references name."""
    kept: dict[str, Any] = as_imported(schema)
    if "$ref" not in json.dumps(kept):
        return kept
    # Draft 4 ignores everything beside a $ref, so the reference is moved one level down.
    components = {name: as_imported(inner) for name, inner in (_components(document).get("schemas") or {}).items()}
    return {"allOf": [kept], "components": {"schemas": components}}

"""REST APIs (API Gateway v1): imports, refusals and failures as on AWS."""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from tools.local.aws.apigateway import engine_mock as mock
from tools.local.aws.apigateway import openapi
from tools.local.aws.apigateway.body_validation import problem_of
from tools.local.aws.lambda_.engine_invoke import service_may_invoke
from tools.local.aws.lambda_.engine_payloads import SYNCHRONOUS_BYTES
from tools.local.engine.patching import core, patch

ACCESS_DENIED = "ACCESS_DENIED"
INTERNAL = "Internal server error"
# Stands for a failed function between two of the engine's functions. No function can answer with it.
FAILED = secrets.token_hex()
# The limit of a request's body. A function takes less, since the body is a part of its event.
BODY_BYTES = 10_485_760
VALIDATION_ERROR = b"$context.error.validationErrorString"
# The collections of an API that an import fills.
IMPORTED = ("_resources", "_authorizers_v1", "_models", "_gateway_responses", "_request_validators")


@patch
def an_import_takes_the_whole_document() -> None:
    """AWS imports validators, models, parameters, gateway responses, `x-amazon-apigateway-auth` and the whole
    integration from the document. The engine imports paths, security schemes and the integration's URI."""
    v1 = core("services.apigateway_v1")
    original = v1._import_rest_api

    def import_rest_api(spec: Mapping[str, Any], base_data: Mapping[str, Any] | None = None) -> str:
        api_id: str = original({**spec, "paths": _without_any(spec)}, base_data)
        api = openapi.read(spec)
        validators = {name: _made(v1._create_request_validator(api_id, {"name": name, **settings}))["id"]
                      for name, settings in api.validators.items()}  # fmt: skip
        for name, schema in api.schemas.items():
            _made(v1._create_model(api_id, {"name": name, "schema": json.dumps(schema)}))
        for kind, response in api.gateway_responses.items():
            _made(v1._put_gateway_response(api_id, kind, response))
        for method in api.methods:
            _complete_method(v1, api_id, method, validators)
        return api_id

    v1._import_rest_api = import_rest_api


def _without_any(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Replace any-methods with a verb that the engine knows; it is renamed after the import."""
    return {path: {("trace" if key == openapi.ANY else key): item for key, item in operations.items()}
            for path, operations in (spec.get("paths") or {}).items()}  # fmt: skip


def _complete_method(v1: Any, api_id: str, method: openapi.Method, validators: Mapping[str, str]) -> None:
    resource = next(r for r in v1._resources[api_id].values() if r["path"] == _trim(method.path))
    methods = resource["resourceMethods"]
    if method.verb == "ANY" and "TRACE" in methods:
        methods["ANY"] = {**methods.pop("TRACE"), "httpMethod": "ANY"}
    found = methods[method.verb]
    if method.authorization:
        found["authorizationType"] = method.authorization
    found["requestParameters"] = method.parameters
    if method.validator:
        if method.validator not in validators:
            where = f"{method.verb} {method.path}"
            raise ValueError(
                f"{where} names the request validator {method.validator}, which the document does not define"
            )
        found["requestValidatorId"] = validators[method.validator]
    if method.body_schema is not None:
        name = f"Body{resource['id']}{method.verb.title()}"
        _made(v1._create_model(api_id, {"name": name, "schema": json.dumps(method.body_schema)}))
        found["requestModels"] = {openapi.JSON: name}
        found["bodyRequired"] = method.body_required
    for code, headers in method.response_headers.items():
        declared = {f"{mock.RESPONSE_HEADER}{name}": False for name in headers}
        v1._put_method_response(api_id, resource["id"], method.verb, code, {"responseParameters": declared})
    if method.integration:
        integration = {**method.integration, "type": str(method.integration.get("type", "")).upper()}
        _made(v1._put_integration(api_id, resource["id"], method.verb, integration))
        for response in method.integration_responses.values():
            code = str(response.get("statusCode", "200"))
            mock.check_headers(response, method.response_headers.get(code, ()))
            _made(v1._put_integration_response(api_id, resource["id"], method.verb, code, response))


def _trim(path: str) -> str:
    return "/" + path.strip("/")


def _made(response: tuple[int, Any, bytes]) -> dict[str, Any]:
    status, _, body = response
    answer: dict[str, Any] = json.loads(body)
    if status >= 400:
        raise ValueError(answer.get("message", body.decode()))
    return answer


@patch
def an_any_method_is_imported() -> None:
    """AWS serves `x-amazon-apigateway-any-method`. The engine's importer ignores it."""
    v1 = core("services.apigateway_v1")
    v1._OPENAPI_HTTP_METHODS = {*v1._OPENAPI_HTTP_METHODS, "trace"}


@patch
def a_changed_document_keeps_the_api() -> None:
    """AWS imports a changed body into the same API, so its URL stays. The engine creates another API."""
    v1, provisioners = core("services.apigateway_v1"), core("services.cloudformation.provisioners")
    original = provisioners._apigw_rest_api_update

    def update(
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
    ) -> Any:
        if new_props.get("Body") != old_props.get("Body") and isinstance(new_props.get("Body"), dict):
            fresh = v1._import_rest_api(new_props["Body"], {"name": "import"})
            for name in IMPORTED:
                store = getattr(v1, name)
                store[physical_id] = store.get(fresh, {})
            v1._delete_rest_api(fresh)
            old_props = {**old_props, "Body": new_props["Body"]}
        return original(physical_id, old_props, new_props, stack_name, logical_id)

    provisioners._apigw_rest_api_update = update
    for handlers in vars(provisioners).values():
        row = handlers.get("AWS::ApiGateway::RestApi") if isinstance(handlers, dict) else None
        if isinstance(row, dict) and row.get("update") is original:
            row["update"] = update


@patch
def callers_are_refused_as_aws_does() -> None:
    """AWS answers `Missing Authentication Token` to an unsigned call of a signed method and to a path or verb that does
    not exist, and refuses a signature for another service or region. The engine answers an unsigned call like one with
    an unknown key, and accepts a signature for any service or region."""
    app, v1, evaluator = core("app"), core("services.apigateway_v1"), core("core.iam_evaluator")
    original: Callable[..., Any] = app._enforce_execute_api

    def enforce(
        api_id: str, stage: str, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, Any],
        iam_action: str = "execute-api:Invoke",
    ) -> Any:  # fmt: skip
        is_rest = iam_action == "execute-api:Invoke" and v1.find_api_scope(api_id) is not None
        if is_rest:
            signed = evaluator._signature_attempted(headers.get("authorization", ""), query)
            kind = v1.method_authorization_type(api_id, stage, method, path)
            # The gateway answers this itself, without asking IAM.
            if kind is None or (kind == "AWS_IAM" and not signed and not headers.get("authorization")):
                return None
            wrong = wrong_scope(credential_scope(headers, query), str(v1.find_api_scope(api_id)[1]))
            if kind == "AWS_IAM" and wrong is not None:
                error = evaluator.AuthError("SignatureDoesNotMatch", wrong)
                return v1.authentication_error_response(api_id, stage, error, headers, query)
        denied = original(api_id, stage, method, path, headers, query, iam_action)
        if is_rest and denied is not None and denied[1].get("x-amzn-errortype") == "AccessDeniedException":
            text = str(json.loads(denied[2])["message"])
            account, region = v1.find_api_scope(api_id)
            resource = f"arn:aws:execute-api:{region}:********{account[-4:]}:{api_id}/{stage}/{method}{path}"
            who, _, why = text.partition(" because ")
            tail = " with an explicit deny" if "explicit deny" in why else ""
            error = evaluator.AuthError(ACCESS_DENIED, f"{who} on resource: {resource}{tail}")
            return v1.authentication_error_response(api_id, stage, error, headers, query)
        return denied

    app._enforce_execute_api = enforce
    v1._AUTHENTICATION_GATEWAY_ERRORS[ACCESS_DENIED] = (ACCESS_DENIED, "AccessDeniedException")


def credential_scope(headers: Mapping[str, str], query: Mapping[str, Any]) -> list[str]:
    """The parts of `KEY/DATE/REGION/SERVICE/aws4_request`, from the header or from a presigned query."""
    _, found, rest = headers.get("authorization", "").partition("Credential=")
    credential = rest.split(",")[0] if found else next(iter(query.get("X-Amz-Credential") or []), "")
    return str(credential).strip().split("/")


def wrong_scope(scope: list[str], region: str) -> str | None:
    """API Gateway's error for a signature for another region or service; None when the signature is for this API."""
    if len(scope) != 5:
        return None  # no signature at all is refused elsewhere
    if scope[2] != region:
        return "Credential should be scoped to a valid region. "
    return None if scope[3] == "execute-api" else "Credential should be scoped to correct service: 'execute-api'. "


@patch
def refusals_of_bodies_give_the_reason() -> None:
    """AWS offers `$context.error.validationErrorString` to the BAD_REQUEST_BODY response. The engine validates without
    giving the reason, and ignores what its validator does not support."""
    v1 = core("services.apigateway_v1")
    check, render = v1._check_request_validation, v1._gateway_error_response

    def check_body(method: dict[str, Any], api_id: str, request: Any, headers: Any, body: bytes, query: Any) -> Any:
        validator = v1._request_validators.get(api_id, {}).get(method.get("requestValidatorId")) or {}
        if not validator.get("validateRequestBody") or "bodyRequired" not in method:
            return check(method, api_id, request, headers, body, query)
        parameters_only = {**method, "requestModels": {}}
        refused = check(parameters_only, api_id, request, headers, body, query)
        if refused is not None:
            return refused
        # Bodies of every content type are validated. AWS validates JSON types only, so handlers must not rely on it.
        schema = v1._model_schema(api_id, method["requestModels"][openapi.JSON])
        problem = problem_of(schema, body, required=method["bodyRequired"])
        if problem is None:
            return None
        error = v1._gw_error("BAD_REQUEST_BODY", "Invalid request body")
        error.validation_error = problem
        return error

    def render_error(error: Any, request: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = render(error, request)
        reason = json.dumps(getattr(error, "validation_error", ""))[1:-1].encode()
        # On AWS the default text of ACCESS_DENIED has `Message`. Ours has `message` like all others, and so has a
        # document that sets this response.
        body = body.replace(b'{"Message":', b'{"message":')
        return status, headers, body.replace(VALIDATION_ERROR, reason)

    v1._check_request_validation = check_body
    v1._gateway_error_response = render_error


@patch
def a_large_body_is_refused() -> None:
    """AWS answers 413 to a body over 10 MB, and to one that is too large for the function's event. The engine accepts
    any size."""
    v1 = core("services.apigateway_v1")
    check: Callable[..., Any] = v1._check_request_validation

    def check_size(method: Mapping[str, Any], api_id: str, request: Any, headers: Any, body: bytes, query: Any) -> Any:
        kind = str((method.get("methodIntegration") or {}).get("type", ""))
        if len(body) > (SYNCHRONOUS_BYTES if kind.startswith("AWS") else BODY_BYTES):
            return v1._gw_error("REQUEST_TOO_LARGE", "Request Too Long")
        return check(method, api_id, request, headers, body, query)

    v1._check_request_validation = check_size


def well_formed(answer: Any) -> bool:
    """Whether API Gateway accepts this as the answer of a proxy integration."""
    if not isinstance(answer, dict) or isinstance(answer.get("statusCode"), bool):
        return False
    code = answer.get("statusCode")
    if not (isinstance(code, int) or (isinstance(code, str) and code.isdigit())) or not 100 <= int(code) <= 599:
        return False
    headers = answer.get("headers")
    return isinstance(answer.get("body", ""), str | None) and isinstance(headers, dict | None)


@patch
def a_failing_function_is_a_502() -> None:
    """AWS answers 502 `Internal server error` for a function that fails or answers in another shape, and 504 when the
    integration times out, both as gateway responses, which add their headers. The engine shows the function's error to
    the caller, and answers 200 to any result."""
    v1 = core("services.apigateway_v1")
    original_shape, original_invoke = v1._lambda_proxy_response, v1._invoke_lambda_proxy_v1
    original_render = v1._gateway_error_response

    def shape(result: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str | None]:
        if result.get("throttle"):
            shaped: tuple[dict[str, Any] | None, str | None] = original_shape(result)
            return shaped
        if result.get("error") or not well_formed(result.get("body")):
            return None, FAILED
        return {**result["body"], "statusCode": int(result["body"]["statusCode"])}, None

    async def invoke(integration: Mapping[str, Any], api_id: str, *rest: Any, **options: Any) -> Any:
        seconds = int(integration.get("timeoutInMillis") or 29000) / 1000
        try:
            answer = await asyncio.wait_for(original_invoke(integration, api_id, *rest, **options), seconds)
        except TimeoutError:
            return v1._gw_error("INTEGRATION_TIMEOUT", "Endpoint request timed out")
        if isinstance(answer, tuple) and answer[2] == json.dumps({"message": FAILED}).encode():
            error = v1._gw_error("DEFAULT_5XX", INTERNAL)
            error.error_type, error.default_status = "InternalServerErrorException", 502
            return error
        return answer

    def render_error(error: Any, request: Any) -> tuple[int, dict[str, str], bytes]:
        status, headers, body = original_render(error, request)
        return getattr(error, "default_status", status) if status == 500 else status, headers, body

    v1._lambda_proxy_response = shape
    v1._invoke_lambda_proxy_v1 = invoke
    v1._gateway_error_response = render_error


@patch
def api_gateway_needs_the_functions_permission() -> None:
    """AWS answers 500 when no `AWS::Lambda::Permission` lets API Gateway invoke the function. The engine invokes it."""
    v1 = core("services.apigateway_v1")
    original: Callable[..., Any] = v1._invoke_lambda_proxy_v1

    async def invoke(
        integration: Mapping[str, Any], api_id: str, stage: str, stage_obj: Any, resource: Any, path: str, method: str,
        *rest: Any, **options: Any,
    ) -> Any:  # fmt: skip
        arn = v1._extract_lambda_ref_from_integration_uri(integration.get("uri", ""))
        account, region = options.get("owner_account_id"), options.get("owner_region")
        source = f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{method}{resource['path']}"
        if not service_may_invoke(arn, "apigateway.amazonaws.com", source):
            return v1._gw_error("API_CONFIGURATION_ERROR", INTERNAL)
        return await original(integration, api_id, stage, stage_obj, resource, path, method, *rest, **options)

    v1._invoke_lambda_proxy_v1 = invoke

"""Integrations of REST APIs with Step Functions, without a function between (`states:action/StartExecution`).

API Gateway Developer Guide: *Create an AWS service integration*, *Integration passthrough behaviors*; Step Functions
Developer Guide: *Creating a Step Functions API using API Gateway*.
"""

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from tools.local.aws.apigateway.integration_templates import Source, TemplateFailed, render
from tools.local.aws.apigateway.service_integrations import (
    PRINCIPAL,
    action_of,
    denied,
    mapped,
    problem_of,
    request_template,
    resource_of,
    with_full_error,
)
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.aws.iam.engine_sessions import trusts_service
from tools.local.engine.patching import core, patch

log = logging.getLogger("local.apigateway")

_request: ContextVar[Mapping[str, Any] | None] = ContextVar("rest_request", default=None)


@patch
def integrations_with_step_functions_are_checked() -> None:
    """AWS refuses an integration with a service that has no role, and an integration response whose status is not one
    of the method's. The engine takes both for functions."""
    v1 = core("services.apigateway_v1")
    put: Callable[..., Any] = v1._put_integration
    put_response: Callable[..., Any] = v1._put_integration_response

    def put_checked(api_id: str, resource_id: str, method: str, data: Mapping[str, Any]) -> Any:
        problem = problem_of(data)
        if problem:
            return v1._v1_error("BadRequestException", problem, 400)
        return put(api_id, resource_id, method, data)

    def put_response_checked(api_id: str, resource_id: str, method: str, code: str, data: Mapping[str, Any]) -> Any:
        found = v1._resources.get(api_id, {}).get(resource_id, {}).get("resourceMethods", {}).get(method) or {}
        declared = found.get("methodResponses") or {}
        if action_of(found.get("methodIntegration") or {}) and str(code) not in declared:
            text = f"Output mapping refers to an invalid method response: {code}"
            return v1._v1_error("BadRequestException", text, 400)
        return put_response(api_id, resource_id, method, code, data)

    v1._put_integration = put_checked
    v1._put_integration_response = put_response_checked


@patch
def a_foreign_content_type_is_a_415() -> None:
    """AWS answers 415 to a content type without a template where `passthroughBehavior` is NEVER: a model is for one
    content type, so such a body is not validated. The engine, and our validation, look at the body first."""
    v1 = core("services.apigateway_v1")
    check: Callable[..., Any] = v1._check_request_validation

    def check_media_first(
        method: Mapping[str, Any], api_id: str, request: Any, headers: Any, body: bytes, query: Any
    ) -> Any:
        _request.set(request)
        refused = v1._check_passthrough_behavior(method.get("methodIntegration") or {}, headers)
        return refused if refused is not None else check(method, api_id, request, headers, body, query)

    v1._check_request_validation = check_media_first


@patch
def step_functions_is_called_with_the_role() -> None:
    """AWS renders the request, calls Step Functions with the role of the integration, and maps its answer. The engine
    takes the integration for one with a function."""
    v1 = core("services.apigateway_v1")
    to_function: Callable[..., Any] = v1._invoke_lambda_custom_v1

    async def invoke(
        integration: Mapping[str, Any], api_id: str, stage: str, stage_obj: Mapping[str, Any],
        resource: Mapping[str, Any], path: str, method: str, headers: Mapping[str, Any], body: bytes,
        query: Mapping[str, Any], path_parameters: Mapping[str, str], **options: Any,
    ) -> Any:  # fmt: skip
        action = action_of(integration)
        if not action:
            return await to_function(
                integration, api_id, stage, stage_obj, resource, path, method, headers, body, query, path_parameters,
                **options,
            )  # fmt: skip
        context = {
            "requestId": str((_request.get() or {}).get("request_id", "")),
            "apiId": api_id,
            "stage": stage,
            "httpMethod": method,
            "resourcePath": resource["path"],
            "path": f"/{stage}{path}",
            "accountId": options.get("owner_account_id"),
            "authorizer": options.get("authorizer_context") or {},
            "identity": {"sourceIp": "127.0.0.1", "userAgent": _single(headers).get("user-agent", "")},
        }
        source = Source(
            body.decode("utf-8", "replace"),
            dict(path_parameters or {}),
            _single(query),
            _single(headers),
            context,
            stage_obj.get("variables") or {},
        )
        try:
            status, text = await _call(integration, action, source)
            return _mapped(v1, integration, status, text, source)
        except (TemplateFailed, PermissionError) as error:
            log.warning("%s %s: the integration failed: %s", method, resource["path"], error)
            return v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")

    v1._invoke_lambda_custom_v1 = invoke


def _single(values: Mapping[str, Any] | None) -> dict[str, str]:
    """One value for each name, as templates see them."""
    return {
        name: value if isinstance(value, str) else str(value[-1]) for name, value in (values or {}).items() if value
    }


async def _call(integration: Mapping[str, Any], action: str, source: Source) -> tuple[int, str]:
    """Status and body of Step Functions' answer. Raises PermissionError when API Gateway may not assume the role."""
    role = str(integration["credentials"])
    if not trusts_service(role, PRINCIPAL):
        raise PermissionError(f"{PRINCIPAL} is not authorized to assume the role {role}")
    template = request_template(integration, source.headers)
    text = source.body if template is None else render(template, source).text
    resource = resource_of(action, text)
    if not role_allows(role, f"states:{action}", resource):
        return 400, denied(role, action, resource)
    headers = {"x-amz-target": f"AWSStepFunctions.{action}", "content-type": "application/x-amz-json-1.0"}
    handle = core("app").SERVICE_HANDLERS["states"]
    status, _, answer = await handle("POST", "/", headers, text.encode(), {})
    return status, with_full_error(answer) if status >= 400 else answer.decode()


def _mapped(v1: Any, integration: Mapping[str, Any], status: int, text: str, source: Source) -> Any:
    """The answer of the method: the integration response whose pattern the status matches, with its template."""
    chosen = v1._select_service_integration_response(integration, status)
    if chosen is None:
        return v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
    return mapped(chosen, text, source)

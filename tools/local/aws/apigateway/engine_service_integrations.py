"""Integrations of REST APIs with Step Functions, without a function between (`states:action/StartExecution`).

API Gateway Developer Guide: *Create an AWS service integration*, *Integration passthrough behaviors*; Step Functions
Developer Guide: *Creating a Step Functions API using API Gateway*.
"""

import json
import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from tools.local.aws.apigateway.integration_templates import Rendered, Source, TemplateFailed, render
from tools.local.aws.iam.engine_roles import role_allows
from tools.local.aws.iam.engine_sessions import trusts_service
from tools.local.engine.patching import core, patch

log = logging.getLogger("local.apigateway")

PRINCIPAL = "apigateway.amazonaws.com"
NO_ROLE = "Role ARN must be specified for AWS integrations"
# Action -> the member of its request that names the resource of the permission; "" where AWS has no resource.
SERVED = {
    "StartExecution": "stateMachineArn",
    "StopExecution": "executionArn",
    "DescribeExecution": "executionArn",
    "SendTaskSuccess": "",
    "SendTaskFailure": "",
}
# Step Functions names its errors so in its answers; AWS's SDKs show what follows the #.
ERRORS = "com.amazonaws.swf.service.v2.model#"
HEADER = "method.response.header."
_request: ContextVar[Mapping[str, Any] | None] = ContextVar("rest_request", default=None)

Answer = tuple[int, dict[str, str], bytes]


def action_of(integration: Mapping[str, Any]) -> str:
    """The action of Step Functions that an integration calls; empty for another integration."""
    parts = str(integration.get("uri", "")).split(":")
    is_states = str(integration.get("type", "")).upper() == "AWS" and parts[2:3] == ["apigateway"]
    return parts[5].removeprefix("action/") if is_states and parts[4:5] == ["states"] and len(parts) == 6 else ""


def problem_of(integration: Mapping[str, Any]) -> str:
    """Why an integration with Step Functions cannot be made; empty if it can."""
    action = action_of(integration)
    if action and action not in SERVED:
        return f"states:action/{action} is not served here; use one of {', '.join(SERVED)}"
    if action and not integration.get("credentials"):
        return NO_ROLE
    return ""


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
    template = _template(integration, source.headers)
    text = source.body if template is None else render(template, source).text
    try:
        request = json.loads(text)
    except ValueError:
        request = None
    member = SERVED[action]
    resource = str(request.get(member, "*")) if member and isinstance(request, dict) else "*"
    if not role_allows(role, f"states:{action}", resource):
        name = role.rpartition("/")[2]
        message = (
            f"User: arn:aws:sts::{role.split(':')[4]}:assumed-role/{name}/BackplaneAssumeRoleSession is not authorized"
            f" to perform: states:{action} on resource: {resource} because no identity-based policy allows the"
            f" states:{action} action"
        )
        return 400, json.dumps({"__type": "com.amazon.coral.service#AccessDeniedException", "Message": message})
    headers = {"x-amz-target": f"AWSStepFunctions.{action}", "content-type": "application/x-amz-json-1.0"}
    handle = core("app").SERVICE_HANDLERS["states"]
    status, _, answer = await handle("POST", "/", headers, text.encode(), {})
    return status, _with_full_error(answer) if status >= 400 else answer.decode()


def _with_full_error(answer: bytes) -> str:
    content = json.loads(answer)
    kind = str(content.get("__type", ""))
    return json.dumps({**content, "__type": kind if "#" in kind else f"{ERRORS}{kind}"})


def _template(integration: Mapping[str, Any], headers: Mapping[str, str]) -> str | None:
    """The request template for the content type. Without a content type it is JSON."""
    given = next((value for name, value in headers.items() if name.lower() == "content-type"), "application/json")
    wanted = given.partition(";")[0].strip().lower()
    templates: Mapping[str, str] = integration.get("requestTemplates") or {}
    return next((text for kind, text in templates.items() if kind.partition(";")[0].strip().lower() == wanted), None)


def _mapped(v1: Any, integration: Mapping[str, Any], status: int, text: str, source: Source) -> Any:
    """The answer of the method: the integration response whose pattern the status matches, with its template."""
    chosen = v1._select_service_integration_response(integration, status)
    if chosen is None:
        return v1._gw_error("API_CONFIGURATION_ERROR", "Internal server error")
    template = (chosen.get("responseTemplates") or {}).get("application/json")
    answer = Source(text, source.path, source.query, source.headers, source.context, source.stage_variables)
    rendered = Rendered(text) if template is None else render(template, answer)
    headers = {"Content-Type": "application/json"}
    for target, value in (chosen.get("responseParameters") or {}).items():
        if not (value.startswith("'") and value.endswith("'")):
            raise TemplateFailed(f"{target}: {value} is not served here; only texts in apostrophes are")
        headers[target.removeprefix(HEADER)] = value[1:-1]
    headers.update(rendered.headers)
    return rendered.status or int(chosen["statusCode"]), headers, rendered.text.encode()

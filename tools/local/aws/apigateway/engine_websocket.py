"""WebSocket APIs: stages, deployments and answers as on AWS.

The engine has the path form `ws://127.0.0.1:PORT/_aws/execute-api/{api}/{stage}`, a signed handshake, the
`@connections` API and `$disconnect`. Each patch says what it restores.
"""

import contextvars
import copy
import json
from collections.abc import Mapping
from typing import Any

from tools.local.asgi import Message, Receive, Scope, Send
from tools.local.aws.apigateway.engine_rest import credential_scope, wrong_scope
from tools.local.aws.lambda_.engine_invoke import FunctionMissing, run_function, service_may_invoke
from tools.local.engine.patching import core, patch, service

Route = dict[str, Any]
_FORBIDDEN: Route = {"routeKey": "", "forbidden": True}
INTEGRATION_SECONDS = 29.0
MESSAGE_BYTES, TOO_LARGE = 131_072, 1009
_LIFECYCLE = ("$connect", "$disconnect")
_routes_of_stage: contextvars.ContextVar[Mapping[str, Route] | None] = contextvars.ContextVar(
    "routes_of_stage", default=None
)


@patch
def deployments_take_routes() -> None:
    """An AWS deployment is a snapshot of the routes, needs at least one, and is put on the stage that it names. The
    engine's deployment is an empty record."""
    gateway = service("apigateway")
    create = gateway._create_deployment

    def create_deployment(api_id: str, data: dict[str, Any]) -> tuple[int, dict[str, str], bytes]:
        routes = gateway._routes.get(api_id, {})
        if api_id in gateway._apis and not routes:
            message = "At least one route is required before deploying the Api."
            return gateway._apigw_error("BadRequestException", message, 400)  # type: ignore[no-any-return]  # the engine has no types
        stage = data.get("stageName")
        if stage and stage not in gateway._stages.get(api_id, {}):
            message = f"Unable to find Stage by name {stage} within the provided Api {api_id}"
            return gateway._apigw_error("NotFoundException", message, 404)  # type: ignore[no-any-return]  # the engine has no types
        status, headers, body = create(api_id, data)
        if status < 400:
            made = json.loads(body)["deploymentId"]
            gateway._deployments[api_id][made]["routes"] = copy.deepcopy(dict(routes))
            if stage:
                gateway._stages[api_id][stage]["deploymentId"] = made
        return status, headers, body

    gateway._create_deployment = create_deployment


def _served_routes(gateway: Any, account: str, region: str, api_id: str, stage: str) -> Mapping[str, Route] | None:
    """The routes that a stage serves; None when the stage does not exist or has no deployment."""
    found = gateway._stages.get_scoped(account, region, api_id, {}).get(stage)
    if found is None:
        return None
    if found.get("autoDeploy"):
        return gateway._routes.get_scoped(account, region, api_id, {}) or None
    deployments = gateway._deployments.get_scoped(account, region, api_id, {})
    deployed = deployments.get(found.get("deploymentId") or "")
    return None if deployed is None else deployed.get("routes", {})


@patch
def stages_serve_deployments() -> None:
    """A stage serves the routes of its deployment, or all routes with `AutoDeploy`; a missing stage is a 403. The
    engine serves every route on any stage, whether it exists or not."""
    gateway = service("apigateway")
    handle, match = gateway.handle_websocket, gateway._match_ws_route

    async def handle_websocket(
        scope: Scope, receive: Receive, send: Send, api_id: str, path_override: str | None = None
    ) -> None:
        owner = gateway._api_owner(api_id)
        if owner and owner[0] == "WEBSOCKET":
            path = path_override if path_override is not None else scope.get("path", "")
            stage = path.lstrip("/").split("/", 1)[0]
            routes = _served_routes(gateway, owner[1], owner[2], api_id, stage)
            if routes is None:
                await receive()
                await gateway._refuse_ws_handshake(
                    scope, send, 403, "Forbidden", gateway.new_uuid(), gateway.new_uuid()
                )
                return
            _routes_of_stage.set(routes)
        await handle(scope, receive, send, api_id, path_override=path_override)

    def match_route(api_id: str, route_key: str) -> Route | None:
        """Only messages fall back to `$default`. A message without a route is answered, not dropped."""
        served = _routes_of_stage.get()
        if served is None:
            return match(api_id, route_key)  # type: ignore[no-any-return]  # the engine has no types
        by_key = {route.get("routeKey"): route for route in served.values()}
        if route_key in _LIFECYCLE:
            return by_key.get(route_key)
        return by_key.get(route_key) or by_key.get("$default") or _FORBIDDEN

    gateway.handle_websocket, gateway._match_ws_route = handle_websocket, match_route


@patch
def messages_that_are_too_large_end_the_connection() -> None:
    """AWS closes a connection with code 1009 at a message over 128 KB, which reaches no route. The engine accepts 16
    MB.

    AWS also closes at a frame over 32 KB. Frames are not visible here: messages arrive complete.
    """
    gateway = service("apigateway")
    handle = gateway.handle_websocket

    async def handle_websocket(
        scope: Scope, receive: Receive, send: Send, api_id: str, path_override: str | None = None
    ) -> None:
        async def receive_bounded() -> Message:
            message = await receive()
            content = message.get("text") or message.get("bytes") or b""
            if len(content.encode() if isinstance(content, str) else content) <= MESSAGE_BYTES:
                return message
            await send({"type": "websocket.close", "code": TOO_LARGE})
            return {"type": "websocket.disconnect", "code": TOO_LARGE}

        await handle(scope, receive_bounded, send, api_id, path_override=path_override)

    gateway.handle_websocket = handle_websocket


@patch
def functions_are_invoked_as_everywhere() -> None:
    """A route's function is invoked like every function, if its policy allows the API, and AWS decides what is sent
    back.

    The engine checks no policy, uses the worker directly (no log, no concurrency limit), and sends the body that the
    function returns, or the text of an exception. On AWS the body is sent only when the route has a response selection,
    and a failure is sent as `{message, connectionId, requestId}`.
    """
    gateway = service("apigateway")
    mock = gateway._invoke_ws_lambda

    async def invoke_route(
        api_id: str,
        account: str,
        region: str,
        route: Route,
        stage: str,
        connection_id: str,
        event_type: str,
        message_id: str,
        body: str,
        source_ip: str,
        headers: dict[str, str],
        **options: Any,
    ) -> dict[str, Any] | None:
        def error(message: str) -> dict[str, Any]:
            failure = {"message": message, "connectionId": connection_id, "requestId": message_id}
            return {"statusCode": 500, "body": json.dumps(failure)}

        # Only API Gateway itself uses the routes `$connect` and `$disconnect`.
        if route.get("forbidden") or (event_type == "MESSAGE" and route["routeKey"] in _LIFECYCLE):
            return error("Forbidden")
        function = _function_of(gateway, api_id, route)
        if not function:
            return await mock(  # type: ignore[no-any-return]  # the engine has no types
                *(api_id, account, region, route, stage, connection_id, event_type, message_id),
                *(body, source_ip, headers),
                **options,
            )
        context = gateway._ws_request_context(
            api_id, route["routeKey"], stage, connection_id, event_type, message_id, source_ip, headers
        )
        event = {"requestContext": context, "body": body or "", "isBase64Encoded": False}
        if options.get("authorizer") is not None:
            context["authorizer"] = options["authorizer"]
        if event_type == "CONNECT":
            event.update(gateway._ws_connect_fields(headers, options.get("query_params")))
        elif event_type == "DISCONNECT":
            context["disconnectReason"] = options.get("disconnect_reason", "")
            context["disconnectStatusCode"] = int(options.get("disconnect_code", 1005))
        else:
            context["messageId"] = message_id
        source = f"arn:aws:execute-api:{region}:{account}:{api_id}/{stage}/{route['routeKey']}"
        if not service_may_invoke(function, "apigateway.amazonaws.com", source):
            return error("Internal server error")
        try:
            outcome = await core("core.concurrency").run_reentrant(run_function, function, event, INTEGRATION_SECONDS)
        except (TimeoutError, FunctionMissing):
            return error("Internal server error")
        if outcome.failed:
            return error("Internal server error")
        answer = outcome.payload if isinstance(outcome.payload, dict) else {}
        if event_type == "MESSAGE" and not route.get("routeResponseSelectionExpression"):
            return {"statusCode": 200}
        return answer if "statusCode" in answer else {"statusCode": 200, **answer}

    gateway._invoke_ws_lambda = invoke_route


@patch
def handshakes_are_signed_for_this_api() -> None:
    """AWS refuses a handshake signed for another service or region. The engine accepts a signature for any."""
    gateway = service("apigateway")
    authorize = gateway._authorize_ws_iam

    def authorize_iam(
        scope: Scope, connect_arn: str, headers: Mapping[str, str], query: Mapping[str, Any], region: str
    ) -> tuple[int, str] | None:
        wrong = wrong_scope(credential_scope(headers, query), region)
        refused: tuple[int, str] | None = (
            (403, wrong) if wrong else authorize(scope, connect_arn, headers, query, region)
        )
        return refused

    gateway._authorize_ws_iam = authorize_iam


@patch
def messages_nested_too_deeply_select_no_route() -> None:
    """AWS answers an unreadable message like one without a route. The engine ends the connection."""
    gateway = service("apigateway")
    select = gateway._evaluate_route_selection

    def evaluate(expression: str, payload: str) -> str:
        try:
            return str(select(expression, payload))
        except RecursionError:
            return "$default"

    gateway._evaluate_route_selection = evaluate


def _function_of(gateway: Any, api_id: str, route: Route) -> str:
    """The ARN of the function behind a route; empty for a mock."""
    integration_id = str(route.get("target", "")).rpartition("/")[2]
    integration = gateway._integrations.get(api_id, {}).get(integration_id) or {}
    if integration.get("integrationType") not in ("AWS_PROXY", "AWS"):
        return ""
    return str(gateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", "")))

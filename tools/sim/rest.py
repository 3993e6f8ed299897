"""API Gateway: routes, IAM, validation of bodies, and the function behind each route."""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from tools.local.aws.apigateway.body_validation import problem_of
from tools.local.aws.apigateway.service_integrations import request_template
from tools.sim.aws_seam import ACCOUNT, REGION
from tools.sim.rest_integrations import Reply, answer_of_step_functions
from tools.sim.rights import API_GATEWAY
from tools.sim.templates.blueprint import Api, Route

if TYPE_CHECKING:
    from tools.sim.calls import Call
    from tools.sim.world import World

LONGEST_SECONDS = 29.0


class Rest:
    """All REST APIs of the world."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._schemas: dict[tuple[str, str, str], str] = {}

    def _by_host(self, host: str) -> Api:
        own = host.partition(".")[0]
        for api in self._world.blueprint.apis.values():
            if api.id.lower() == own.lower():
                return api
        raise KeyError(host)

    def serve(self, call: "Call", method: str, url: str, headers: dict[str, str], body: bytes) -> Reply:
        """Answer a request of a function or of a person."""
        found = self._find(method, url)
        if found is None:
            return 403, b'{"message": "Missing Authentication Token"}'
        api, route, parameters = found
        path = urlsplit(url).path.removeprefix("/prod")
        if route.signed and not self._may_call(call, api, route, path, headers):
            if call.environment is not None:
                self._world.note_denied_call(call, f"may not call {method} {route.template} of {api.service}")
            return 403, b'{"message": "User is not authorized to access this resource"}'
        user, key = _user_of(call, headers), _key_of(call, headers)
        if route.for_users and user is None:
            return 401, b'{"message": "Unauthorized"}'
        if route.for_keys and key is None:
            return 403, b'{"message": "Forbidden"}'
        if call.environment is None and self._world.faults.is_down_for_people(call):
            return 503, b'{"message": "Service Unavailable"}'
        if (refused := self._refused(api, route, headers, body)) is not None:
            return refused
        event = _event(route, path, urlsplit(url).query, headers, body, parameters, self._world.now())
        if route.for_users:
            event["requestContext"]["authorizer"] = {"claims": {"sub": user, "token_use": "id"}}
        if route.for_keys:
            event["requestContext"]["identity"]["apiKeyId"] = key
        if route.integration is not None:
            return answer_of_step_functions(self._world, api, route.integration, event)
        return self._invoke(call, api, route, event)

    def _refused(self, api: Api, route: Route, headers: dict[str, str], body: bytes) -> Reply | None:
        """The answer to a body that the route does not take."""
        if route.integration is not None and request_template(route.integration.document, headers) is None:
            return 415, b'{"message": "Unsupported Media Type"}'
        problem = None
        if route.body is not None:
            problem = problem_of(self._schema(api, route), body, required=route.body_required)
        if problem is None:
            return None
        text = problem if api.says_where else "Invalid request body"
        return 400, json.dumps({"message": text}).encode()

    def _invoke(self, call: "Call", api: Api, route: Route, event: dict[str, Any]) -> Reply:
        method = route.method
        place = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/prod/{method}{route.template}"
        if not self._world.rights.service_may_invoke(route.function_arn, API_GATEWAY, place):
            self._world.note_denied(f"API Gateway may not invoke the function of {method} {route.template}")
            return 500, b'{"message": "Internal server error"}'
        outcome = self._world.functions.invoke(route.function_arn, event, call.name)
        if outcome.throttled:
            return 500, b'{"message": "Internal server error"}'
        if outcome.failed or not isinstance(outcome.payload, dict) or "statusCode" not in outcome.payload:
            return 502, b'{"message": "Internal server error"}'
        return int(outcome.payload["statusCode"]), str(outcome.payload.get("body") or "").encode()

    def _schema(self, api: Api, route: Route) -> str:
        place = (api.id, route.method, route.template)
        if place not in self._schemas:
            self._schemas[place] = json.dumps(route.body)
        return self._schemas[place]

    def _find(self, method: str, url: str) -> tuple[Api, Route, dict[str, str]] | None:
        api = self._by_host(urlsplit(url).netloc)
        path = urlsplit(url).path.removeprefix("/prod").split("/")
        for route in api.routes:
            parameters = _match(route, method, path)
            if parameters is not None:
                return api, route, parameters
        return None

    def _may_call(self, call: "Call", api: Api, route: Route, path: str, headers: dict[str, str]) -> bool:
        is_signed = headers.get("authorization", "").startswith("AWS4-HMAC-SHA256")
        role = call.environment.function.role if call.environment is not None and is_signed else call.signer
        resource = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/prod/{route.method}{path}"
        return role is not None and self._world.rights.allows(role, "execute-api:Invoke", resource)


def _user_of(call: "Call", headers: dict[str, str]) -> str | None:
    """The person whose token it is: the ID token of a person is `person:` and the `sub`. A function has none."""
    scheme, _, sub = headers.get("authorization", "").removeprefix("Bearer ").partition(":")
    return sub if scheme == "person" and sub and call.environment is None else None


def _key_of(call: "Call", headers: dict[str, str]) -> str | None:
    """The id of the API key that a program sends: the key is `key:` and its id."""
    scheme, _, own = headers.get("x-api-key", "").partition(":")
    return own if scheme == "key" and own and call.environment is None else None


def _match(route: Route, method: str, path: list[str]) -> dict[str, str] | None:
    wanted = route.template.split("/")
    if route.method != method or len(wanted) != len(path):
        return None
    found: dict[str, str] = {}
    for have, want in zip(path, wanted, strict=True):
        if want.startswith("{"):
            found[want.strip("{}")] = unquote(have)
        elif want != have:
            return None
    return found


def _event(
    route: Route,
    path: str,
    query: str,
    headers: dict[str, str],
    body: bytes,
    parameters: dict[str, str],
    received_at: float,
) -> dict[str, Any]:
    return {
        "resource": route.template,
        "path": path,
        "httpMethod": route.method,
        "headers": headers,
        "queryStringParameters": dict(parse_qsl(query)) or None,
        "multiValueQueryStringParameters": parse_qs(query) or None,
        "pathParameters": parameters or None,
        "requestContext": {
            "stage": "prod",
            "requestTimeEpoch": round(1000 * received_at),
            "identity": {"sourceIp": "192.0.2.1"},
        },
        "body": body.decode() if body else None,
        "isBase64Encoded": False,
    }

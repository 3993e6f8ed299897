"""Routes of REST APIs that call Step Functions without a function: rendered and mapped as on the local cloud."""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from tools.local.aws.apigateway.integration_templates import Source, TemplateFailed, render
from tools.local.aws.apigateway.service_integrations import (
    PRINCIPAL,
    denied,
    mapped,
    request_template,
    resource_of,
    with_full_error,
)
from tools.local.aws.json_api import ApiError
from tools.sim.aws_seam import ACCOUNT
from tools.sim.templates.blueprint import Api, Integration, Role

if TYPE_CHECKING:
    from tools.sim.world import World

Reply = tuple[int, bytes]


def answer_of_step_functions(world: "World", api: Api, integration: Integration, event: Mapping[str, Any]) -> Reply:
    """`event` is the request as a function would get it."""
    source = _source(api, event)
    try:
        status, text = _call(world, integration, source)
        chosen = _response_of(integration.document["responses"], status)
        code, _, body = mapped(chosen, text, source)
    except (TemplateFailed, PermissionError) as failed:
        world.note_denied(f"the integration of {event['resource']} failed: {failed}")
        return 500, b'{"message": "Internal server error"}'
    return code, body


def _source(api: Api, event: Mapping[str, Any]) -> Source:
    """What the templates read."""
    received_at = event["requestContext"]["requestTimeEpoch"]
    context = {
        "requestId": str(uuid5(NAMESPACE_URL, f"{event['path']} {received_at}")),
        "apiId": api.id,
        "stage": "prod",
        "httpMethod": event["httpMethod"],
        "resourcePath": event["resource"],
        "path": f"/prod{event['path']}",
        "accountId": ACCOUNT,
        "authorizer": event["requestContext"].get("authorizer", {}),
        "identity": event["requestContext"]["identity"],
    }
    query = event["queryStringParameters"] or {}
    return Source(event["body"] or "", event["pathParameters"] or {}, query, event["headers"], context)


def _call(world: "World", integration: Integration, source: Source) -> tuple[int, str]:
    """Status and body of Step Functions' answer. Raises PermissionError when API Gateway may not assume the role."""
    role, action = integration.role, integration.action
    if PRINCIPAL not in role.trusts:
        raise PermissionError(f"{PRINCIPAL} cannot assume {role.arn}")
    text = render(str(request_template(integration.document, source.headers)), source).text
    resource = resource_of(action, text)
    if not _allows(world, role, action, resource):
        return 400, denied(role.arn, action, resource)
    try:
        return 200, json.dumps(world.state_machines.perform(action, json.loads(text)))
    except ApiError as error:
        return 400, with_full_error(json.dumps({"__type": error.code, "message": str(error)}))
    except ValueError:
        return 400, with_full_error('{"__type": "SerializationException", "message": "the request is not JSON"}')


def _allows(world: "World", role: Role, action: str, resource: str) -> bool:
    if world.rights.allows(role, f"states:{action}", resource):
        return True
    world.note_denied(f"API Gateway's role {role.arn} may not {action} {resource}")
    return False


def _response_of(responses: Mapping[str, Any], status: int) -> Mapping[str, Any]:
    """The integration response whose pattern the status matches, else the default. Raises TemplateFailed."""
    for pattern, response in responses.items():
        if pattern != "default" and re.fullmatch(pattern, str(status)):
            found: Mapping[str, Any] = response
            return found
    if "default" not in responses:
        raise TemplateFailed(f"no integration response is for the status {status}")
    chosen: Mapping[str, Any] = responses["default"]
    return chosen

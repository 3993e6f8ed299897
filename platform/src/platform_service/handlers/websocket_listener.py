"""WebSocket: `$connect`, `{"action": "register", "serviceName": ...}`, `$disconnect`."""

from typing import Any

from ecom import rest
from platform_service import bootstrap
from platform_service.domain import LIFE_SECONDS, service_name


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    route = event["requestContext"]["routeKey"]
    connection = event["requestContext"]["connectionId"]
    if route == "register":
        return rest.answer(event, lambda received: register(connection, rest.body_of(received)))
    if route == "$disconnect":
        bootstrap.listeners().remove_all(connection)
    return rest.respond(200, {})


def register(connection: str, message: dict[str, Any]) -> rest.Response:
    bootstrap.listeners().add(service_name(message), connection, bootstrap.now() + LIFE_SECONDS)
    return rest.respond(200, {})

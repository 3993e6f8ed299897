"""WebSocket: `$connect`, `{"action": "register", "serviceName": ...}`, `$disconnect`."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from platform_service import bootstrap
from platform_service.domain import expiry, service_name


@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    connection = event["requestContext"]["connectionId"]
    match event["requestContext"]["routeKey"]:
        case "$connect":
            now = bootstrap.now()
            bootstrap.listeners().connect(connection, int(now.timestamp()), expiry(now))
        case "register":
            service = service_name(rest.body_of(event))
            bootstrap.listeners().add(service, connection, expiry(bootstrap.now()))
        case "$disconnect":
            bootstrap.listeners().remove_all(connection)
    return rest.respond(200, {})


create_during_init(bootstrap.listeners)

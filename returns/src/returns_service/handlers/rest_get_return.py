"""REST: GET /returns/{clientToken}, for the shopper whose token API Gateway has checked."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from returns_service import bootstrap
from returns_service.errors import NoSuchReturn
from returns_service.graphql_view import to_graphql


@rest.readable_by(bootstrap.allowed_origin)
@rest.handler
def handler(event: Mapping[str, Any], _context: object) -> rest.Response:
    found = bootstrap.returns().find(f"{rest.user_of(event)}_{event['pathParameters']['clientToken']}")
    if found is None:
        raise NoSuchReturn
    return rest.respond(200, to_graphql(found, bootstrap.currency()))


create_during_init(bootstrap.returns)

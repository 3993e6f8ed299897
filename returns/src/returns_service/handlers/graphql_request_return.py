"""GraphQL: requestReturn. The table's stream starts the execution of the return."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from returns_service import bootstrap
from returns_service.graphql_view import to_graphql
from returns_service.inputs import request_from, return_id_of


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"requestReturn": request_return}, context)


def request_return(field: Field) -> dict[str, Any]:
    if field.user_id is None:
        raise Unauthorized("sign in to return goods")
    given = dict(field.arguments["input"])
    return_id = return_id_of(field.user_id, given.pop("clientToken"))
    request = request_from(given, return_id, field.user_id, "requestReturn")
    return to_graphql(bootstrap.requesting().request(request, field.request_id), bootstrap.currency())


create_during_init(bootstrap.requesting)

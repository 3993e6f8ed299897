"""GraphQL: getAvailability. It is for everybody who has the API key, so it never answers a number of units."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.graphql import Field
from warehouse_service import bootstrap
from warehouse_service.graphql_view import availability_to_graphql
from warehouse_service.inputs import product_ids_of


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"getAvailability": get_availability}, context)


def get_availability(field: Field) -> list[dict[str, Any]]:
    found = bootstrap.levels().of(product_ids_of(field.arguments["productIds"]))
    return [availability_to_graphql(each) for each in found]


create_during_init(bootstrap.levels)

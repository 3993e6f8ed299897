"""GraphQL: getDeliveryPricing."""

from typing import Any

from delivery_pricing_service.domain import quote
from ecom import graphql
from ecom.graphql import Field


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"getDeliveryPricing": get_delivery_pricing}, context)


def get_delivery_pricing(field: Field) -> dict[str, int]:
    given = field.arguments["input"]
    return {"pricing": quote(given["products"], given["address"])}

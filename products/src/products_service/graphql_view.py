"""A product as the GraphQL schema has it. Pure."""

from collections.abc import Mapping
from typing import Any


def to_graphql(product: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {**product, "currency": currency}

"""A page of hits as the GraphQL schema has it. Pure."""

from collections.abc import Sequence
from typing import Any

from ecom import jsons
from search_service.answering import FACETS, Answer
from search_service.domain import Entry


def to_graphql(answer: Answer, page: Sequence[Entry], next_token: str | None) -> dict[str, Any]:
    return {
        "products": [jsons.loads(entry.product) for entry in page],
        "total": answer.total,
        "facets": [
            {"name": name, "values": [{"value": value, "count": count} for value, count in answer.facets[name]]}
            for name in FACETS
        ],
        "nextToken": next_token,
    }

"""GraphQL: searchProducts."""

from contextlib import suppress
from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import TryAgain
from ecom.graphql import Field
from search_service import bootstrap, tokens
from search_service.graphql_view import to_graphql
from search_service.inputs import first_of, query_of


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"searchProducts": search_products}, context)


def search_products(field: Field) -> dict[str, Any]:
    given = field.arguments["input"]
    query, first, token = query_of(given), first_of(given), given.get("nextToken")
    after, read_at = tokens.decode(query, token) if token is not None else (None, 0)
    following = bootstrap.following()
    # A page follows another one, which an environment with a newer index may have answered.
    answer = bootstrap.answers().of(following.index(at_least=read_at), query)
    page, last = answer.page(first, after)
    return to_graphql(answer, page, tokens.encode(query, last, following.compared_at) if last else None)


def load_index() -> None:
    """During INIT, which has a whole processor whatever the function's memory is. The first request tries again."""
    with suppress(TryAgain):
        bootstrap.following().index()


create_during_init(load_index)

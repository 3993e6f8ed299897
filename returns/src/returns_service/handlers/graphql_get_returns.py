"""GraphQL: getReturn, getReturns, getOpenReturns."""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.errors import Unauthorized
from ecom.graphql import Field
from returns_service import bootstrap
from returns_service.access import STAFF, may_read
from returns_service.graphql_view import to_graphql


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {"getReturn": get_return, "getReturns": get_returns, "getOpenReturns": get_open_returns}
    return graphql.resolve(event, fields, context)


def get_return(field: Field) -> dict[str, Any] | None:
    found = bootstrap.returns().find(field.arguments["returnId"])
    return to_graphql(found, bootstrap.currency()) if found and may_read(found, field.user_id, field.groups) else None


def get_returns(field: Field) -> list[dict[str, Any]]:
    found = bootstrap.returns().of_order(field.arguments["orderId"])
    return [to_graphql(each, bootstrap.currency()) for each in found if may_read(each, field.user_id, field.groups)]


def get_open_returns(field: Field) -> dict[str, Any]:
    """The schema lets in staff alone. The check here holds if its directive is ever wrong."""
    if not field.groups & STAFF:
        raise Unauthorized("only staff read the returns of all shoppers")
    page = bootstrap.returns().open(field.arguments.get("nextToken"))
    returns = [to_graphql(each, bootstrap.currency()) for each in page.items]
    return {"returns": returns, "nextToken": page.next_token}


create_during_init(bootstrap.returns)

"""GraphQL: cancelReturn, approveReturn, refuseReturn, receiveReturn. AppSync decides from the schema who may call it.

Each is a conditional write. The table's stream delivers the decision to the execution that waits for it.
"""

from typing import Any

from ecom import graphql
from ecom.aws import create_during_init
from ecom.graphql import Field
from returns_service import bootstrap
from returns_service.domain import Return, Status, move, receive
from returns_service.errors import NoSuchReturn
from returns_service.graphql_view import to_graphql
from returns_service.inputs import received_from, refusal_from
from returns_service.repository import Decide


def handler(event: dict[str, Any], context: Any) -> Any:
    fields = {
        "cancelReturn": cancel_return,
        "approveReturn": approve_return,
        "refuseReturn": refuse_return,
        "receiveReturn": receive_return,
    }
    return graphql.resolve(event, fields, context)


def cancel_return(field: Field) -> dict[str, Any]:
    """Cancelling again changes nothing."""

    def cancel(current: Return) -> Return:
        if current.user_id != field.user_id:
            raise NoSuchReturn
        if current.status is Status.CANCELLED:
            return current
        return move(current, Status.CANCELLED, bootstrap.runtime.now(), "cancelReturn")

    return _changed(field, field.arguments["returnId"], cancel)


def approve_return(field: Field) -> dict[str, Any]:
    def approve(current: Return) -> Return:
        return move(_shown(current), Status.APPROVED, bootstrap.runtime.now(), "approveReturn")

    return _changed(field, field.arguments["returnId"], approve)


def refuse_return(field: Field) -> dict[str, Any]:
    reason = refusal_from(field.arguments["reason"])

    def refuse(current: Return) -> Return:
        return move(_shown(current), Status.REFUSED, bootstrap.runtime.now(), "refuseReturn", reason=reason)

    return _changed(field, field.arguments["returnId"], refuse)


def receive_return(field: Field) -> dict[str, Any]:
    given = field.arguments["input"]
    received = received_from(given["lines"])
    return _changed(
        field,
        given["returnId"],
        lambda current: receive(_shown(current), received, bootstrap.runtime.now(), "receiveReturn"),
    )


def _shown(current: Return) -> Return:
    """Staff do not see a request that broke a rule."""
    if not current.is_valid:
        raise NoSuchReturn
    return current


def _changed(field: Field, return_id: str, decide: Decide) -> dict[str, Any]:
    return to_graphql(bootstrap.returns().change(return_id, decide, field.request_id), bootstrap.currency())


create_during_init(bootstrap.returns)

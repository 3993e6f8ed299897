"""GraphQL: refundOrder. An admin pays money back as goodwill, without a return."""

from typing import Any
from uuid import UUID, uuid5

from ecom import graphql
from ecom.aws import create_during_init
from ecom.dynamo import can_be_key
from ecom.errors import IllegalMove, InvalidInput, Unauthorized
from ecom.graphql import Field
from ecom.limits import MAX_INT, MAX_REASON_LENGTH
from ecom.validation import integer, text
from payment_service import bootstrap
from payment_service.errors import CapturePending, NoSuchPayment
from payment_service.refunds import Request

MAX_CLIENT_TOKEN = 43  # as in requestReturn
_IDS = UUID("f4f0c1de-3b33-4d51-8e1c-1d7b2c6a9f10")


def handler(event: dict[str, Any], context: Any) -> Any:
    return graphql.resolve(event, {"refundOrder": refund_order}, context)


def refund_order(field: Field) -> dict[str, Any]:
    """The refund; PENDING while the provider gives no answer."""
    if field.user_id is None:
        raise Unauthorized("sign in to refund")
    request = read_request(field.arguments["input"], field.user_id)
    try:
        stored = bootstrap.refunding().refund(request, field.request_id)
    except CapturePending as error:  # the capture may take days: a person asks again when it is done
        raise IllegalMove(error.message) from None
    return {
        "refundId": request.refund_id,
        "orderId": request.order_id,
        "amount": stored.refund.amount,
        "status": stored.refund.status,
    }


def read_request(given: dict[str, Any], user_id: str) -> Request:
    """The same person and token give the same refund."""
    token = text(given["clientToken"], "clientToken", MAX_CLIENT_TOKEN)
    if not all(sign.isascii() and (sign.isalnum() or sign in "_-") for sign in token):
        raise InvalidInput("clientToken must be letters, digits, `_` and `-`")
    order_id = given["orderId"]
    if not can_be_key(order_id):
        raise NoSuchPayment
    return Request(
        str(uuid5(_IDS, f"{user_id} {token}")),
        order_id,
        integer(given["amount"], "amount", 1, MAX_INT),
        reason=text(given["reason"], "reason", MAX_REASON_LENGTH),
    )


create_during_init(bootstrap.refunding)

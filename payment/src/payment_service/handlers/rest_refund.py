"""REST: POST /backend/refund. API Gateway checks the shape of the body by openapi.yaml before."""

from collections.abc import Mapping
from typing import Any

from ecom import rest
from ecom.aws import create_during_init
from ecom.errors import InvalidInput
from ecom.limits import MAX_ID_LENGTH, MAX_INT
from ecom.tracing import correlation_of
from ecom.validation import fields, integer, text
from payment_service import bootstrap
from payment_service.errors import CapturePending, NoSuchPayment, NotRefunded, OtherContent, RefundsPending
from payment_service.refunds import RefundStatus, Request

REFUND_DECLINED = "REFUND_DECLINED"
FIELDS = ("refundId", "orderId", "amount", "atMost")


@rest.handler
def handler(event: Mapping[str, Any], context: Any) -> rest.Response:
    request = read_request(rest.body_of(event))
    correlation_id = correlation_of(context)
    try:
        stored = bootstrap.refunding().refund(request, correlation_id)
    except (NotRefunded, OtherContent) as error:
        return _refused(409, error.code, error.message)
    except (CapturePending, NoSuchPayment, RefundsPending) as error:
        return _refused(503, error.code, error.message)
    status = stored.refund.status
    if status is RefundStatus.PENDING:
        return rest.respond(202, {"ok": True, "status": status})
    if status is RefundStatus.FAILED:
        return _refused(409, REFUND_DECLINED, "the provider declined the refund; its amount can be refunded again")
    body = {"ok": True, "status": status, "amount": stored.refund.amount, "refunded": stored.refunded}
    return rest.respond(200, body)


def read_request(body: Mapping[str, Any]) -> Request:
    given = fields(body, "the body", FIELDS)
    at_most = given.get("atMost", False)
    if not isinstance(at_most, bool):
        raise InvalidInput("atMost must be true or false")
    return Request(
        text(given.get("refundId"), "refundId", MAX_ID_LENGTH),
        text(given.get("orderId"), "orderId", MAX_ID_LENGTH),
        integer(given.get("amount"), "amount", 1, MAX_INT),
        at_most,
    )


def _refused(status: int, code: str, message: str) -> rest.Response:
    return rest.respond(status, {"ok": False, "message": message, "problems": [{"code": code, "message": message}]})


create_during_init(bootstrap.refunding)

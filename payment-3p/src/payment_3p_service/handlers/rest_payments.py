"""REST, for the merchant: GET /payments/{token} for one payment, POST /payments for many by their tokens, and
GET /payments?after= for the list of holds."""

from typing import Any

from payment_3p_service import bootstrap
from payment_3p_service.aws import create_during_init
from payment_3p_service.domain import Payment
from payment_3p_service.errors import BadRequest, PaymentNotFound
from payment_3p_service.requests import Event, body_of, header_of, lambda_handler, token_of

MAX_AFTER = 300
MAX_TOKENS = 100  # keys of one BatchGetItem


@lambda_handler
def handler(event: Event) -> dict[str, Any]:
    bootstrap.merchant().authenticate(header_of(event, "authorization"))
    if event["resource"] == "/payments/{token}":
        return _payment(event)
    return _payments(event) if event["httpMethod"] == "POST" else _holds(event)


def _payment(event: Event) -> dict[str, Any]:
    token = token_of({"paymentToken": (event.get("pathParameters") or {}).get("token")})
    found = bootstrap.script_player().perform(token, "payments", lambda: bootstrap.ledger().find(token))
    if found is None:
        raise PaymentNotFound("there is no such payment")
    return _public(found)


def _payments(event: Event) -> dict[str, Any]:
    tokens = body_of(event, "paymentTokens")["paymentTokens"]
    if not isinstance(tokens, list) or not 1 <= len(tokens) <= MAX_TOKENS:
        raise BadRequest(f"paymentTokens must be a list of 1 to {MAX_TOKENS} payment tokens")
    found = bootstrap.ledger().find_many([token_of({"paymentToken": token}) for token in tokens])
    return {"payments": [_public(each) for each in found]}


def _holds(event: Event) -> dict[str, Any]:
    after = (event.get("queryStringParameters") or {}).get("after") or ""
    if len(after) > MAX_AFTER or not after.isprintable():
        raise BadRequest("after must be the `after` of the page before, or a time such as 2026-03-01T12:00Z")
    page = bootstrap.ledger().holds(after)
    return {"payments": [_public(each) for each in page.payments], "after": page.after}


def _public(payment: Payment) -> dict[str, Any]:
    return {
        "paymentToken": payment.token,
        "status": payment.status.value,
        "authorised": payment.authorised,
        "captured": payment.captured,
        "refunded": payment.refunded,
        "createdAt": payment.created_at,
        "expiresAt": payment.expires_at,
    }


create_during_init(bootstrap.ledger, bootstrap.script_table, bootstrap.merchant)

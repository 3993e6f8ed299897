"""REST: POST /preauth. Public: a shopper's browser calls it.

It answers the token of the hold. With an `Idempotency-Key`, a repeat gets the first token.
"""

from payment_3p_service import bootstrap
from payment_3p_service.aws import create_during_init
from payment_3p_service.card_requests import request_of
from payment_3p_service.domain import hold
from payment_3p_service.requests import Event, amount_of, body_of, card_number_of, key_of, lambda_handler, readable_by


@readable_by(bootstrap.allowed_origin)
@lambda_handler
def handler(event: Event) -> dict[str, str]:
    body = body_of(event, "cardNumber", "amount")
    card_number, amount, key = card_number_of(body), amount_of(body), key_of(event)
    payment = hold(bootstrap.new_token(), card_number, amount, bootstrap.now(), bootstrap.hold_days())
    if key:
        return {"paymentToken": bootstrap.ledger().open_once(payment, request_of(key, card_number, amount))}
    bootstrap.ledger().open(payment)
    return {"paymentToken": payment.token}


create_during_init(bootstrap.ledger)

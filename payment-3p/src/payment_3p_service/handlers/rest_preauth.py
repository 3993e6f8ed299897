"""REST: POST /preauth. Public: a shopper's browser calls it."""

from payment_3p_service import bootstrap
from payment_3p_service.aws import create_during_init
from payment_3p_service.domain import hold
from payment_3p_service.requests import Event, amount_of, body_of, card_number_of, lambda_handler, readable_by


@readable_by(bootstrap.allowed_origin)
@lambda_handler
def handler(event: Event) -> dict[str, str]:
    body = body_of(event, "cardNumber", "amount")
    payment = hold(bootstrap.new_token(), card_number_of(body), amount_of(body), bootstrap.now(), bootstrap.hold_days())
    bootstrap.ledger().open(payment)
    return {"paymentToken": payment.token}


create_during_init(bootstrap.ledger)

"""REST: POST /check. Public: a shopper's browser calls it."""

from payment_3p_service import bootstrap
from payment_3p_service.aws import create_during_init
from payment_3p_service.domain import covers
from payment_3p_service.requests import Event, amount_of, body_of, lambda_handler, readable_by, token_of


@readable_by(bootstrap.allowed_origin)
@lambda_handler
def handler(event: Event) -> dict[str, bool]:
    body = body_of(event, "paymentToken", "amount")
    amount, token = amount_of(body), token_of(body)

    def is_covered() -> bool:
        payment = bootstrap.ledger().find(token)
        return payment is not None and covers(payment, amount)

    return {"ok": bootstrap.script_player().perform(token, "check", is_covered, lambda: False)}


create_during_init(bootstrap.ledger, bootstrap.script_table)

"""Open to everybody, as a shopper's browser uses them: POST /preauth and POST /check."""

from typing import Any

from payment_3p_service import bootstrap
from payment_3p_service.domain import covers, hold
from payment_3p_service.requests import Event, Response, amount_of, answer, body_of, card_number_of, token_of


def preauth(event: dict[str, Any], _context: object) -> Response:
    return answer(event, _preauth)


def check(event: dict[str, Any], _context: object) -> Response:
    return answer(event, _check)


def _preauth(event: Event) -> dict[str, str]:
    body = body_of(event, "cardNumber", "amount")
    payment = hold(bootstrap.new_token(), card_number_of(body), amount_of(body), bootstrap.now(), bootstrap.hold_days())
    bootstrap.ledger().open(payment)
    return {"paymentToken": payment.token}


def _check(event: Event) -> dict[str, bool]:
    body = body_of(event, "paymentToken", "amount")
    amount, token = amount_of(body), token_of(body)

    def is_covered() -> bool:
        payment = bootstrap.ledger().find(token)
        return payment is not None and covers(payment, amount)

    return {"ok": bootstrap.stage().perform(token, "check", is_covered, lambda: False)}

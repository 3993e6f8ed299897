"""REST: POST /check. Public: a shopper's browser calls it."""

from typing import Any

from payment_3p_service import bootstrap
from payment_3p_service.domain import covers
from payment_3p_service.requests import Event, Response, amount_of, answer, body_of, token_of


def handler(event: dict[str, Any], _context: object) -> Response:
    return answer(event, check)


def check(event: Event) -> dict[str, bool]:
    body = body_of(event, "paymentToken", "amount")
    amount, token = amount_of(body), token_of(body)

    def is_covered() -> bool:
        payment = bootstrap.ledger().find(token)
        return payment is not None and covers(payment, amount)

    return {"ok": bootstrap.script_player().perform(token, "check", is_covered, lambda: False)}

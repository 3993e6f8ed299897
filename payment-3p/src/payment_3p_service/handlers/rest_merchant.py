"""For the merchant: POST /processPayment, /cancelPayment, /updateAmount and /refund.

Each answers `{"ok": bool}`: whether it was done. With an `Idempotency-Key`, a repeat gives the first answer again.
And for testers: POST /scripts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from payment_3p_service import bootstrap, script_requests
from payment_3p_service.domain import Move, cancel, capture, decline, lower, refund
from payment_3p_service.repository import Request
from payment_3p_service.requests import Event, Response, amount_of, answer, body_of, header_of, key_of, token_of


@dataclass(frozen=True, slots=True)
class Operation:
    """What a path asks for: the fields of its body, and the move that they make."""

    fields: tuple[str, ...]
    move_of: Callable[[Mapping[str, Any]], Move]


OPERATIONS = {
    "/processPayment": Operation(("paymentToken",), lambda _: capture()),
    "/cancelPayment": Operation(("paymentToken",), lambda _: cancel()),
    "/updateAmount": Operation(("paymentToken", "amount"), lambda body: lower(amount_of(body))),
    "/refund": Operation(("paymentToken", "amount"), lambda body: refund(amount_of(body))),
}


def handler(event: dict[str, Any], _context: object) -> Response:
    return answer(event, operate)


def operate(event: Event) -> dict[str, Any]:
    bootstrap.merchant().must_have_sent(header_of(event, "authorization"))
    path = str(event["resource"])
    if path == "/scripts":
        return script_requests.write(event)
    operation = OPERATIONS[path]
    body = body_of(event, *operation.fields)
    token, move, key = token_of(body), operation.move_of(body), key_of(event)
    # One key, one request: what was asked is kept with the answer, to tell a repeat from something else.
    request = Request(key, f"{path} {body.get('amount', '-')} {token}") if key else None

    def make(move: Move) -> bool:
        return bootstrap.ledger().change(token, move, request)

    # A scripted no is remembered under its key as any other.
    ok = bootstrap.stage().perform(token, path.lstrip("/"), lambda: make(move), lambda: make(decline()))
    return {"ok": ok}

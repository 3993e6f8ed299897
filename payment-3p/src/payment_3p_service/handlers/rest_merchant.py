"""REST, for the merchant: POST /processPayment, /cancelPayment, /updateAmount and /refund; for testers: POST /scripts.

The first four answer `{"ok": bool}`: whether it was done. With an `Idempotency-Key`, a repeat gets the first answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from payment_3p_service import bootstrap, script_requests
from payment_3p_service.aws import create_during_init
from payment_3p_service.domain import Change, cancel, capture, decline, lower, refund
from payment_3p_service.repository import Request
from payment_3p_service.requests import Event, amount_of, body_of, header_of, key_of, lambda_handler, token_of


@dataclass(frozen=True, slots=True)
class Operation:
    """The fields of the body, and the change of the payment that they ask for."""

    fields: tuple[str, ...]
    change_of: Callable[[Mapping[str, Any]], Change]


OPERATIONS = {
    "/processPayment": Operation(("paymentToken",), lambda _: capture),
    "/cancelPayment": Operation(("paymentToken",), lambda _: cancel),
    "/updateAmount": Operation(("paymentToken", "amount"), lambda body: lower(amount_of(body))),
    "/refund": Operation(("paymentToken", "amount"), lambda body: refund(amount_of(body))),
}


@lambda_handler
def handler(event: Event) -> dict[str, Any]:
    bootstrap.merchant().authenticate(header_of(event, "authorization"))
    path = str(event["resource"])
    if path == "/scripts":
        return script_requests.write(event)
    operation = OPERATIONS[path]
    body = body_of(event, *operation.fields)
    token, change, key = token_of(body), operation.change_of(body), key_of(event)
    # The fingerprint distinguishes a repeat from another request with the same key.
    request = Request(key, f"{path} {body.get('amount', '-')} {token}") if key else None

    def make(change: Change) -> bool:
        return bootstrap.ledger().change(token, change, request)

    # A scripted no is stored under its key like any other.
    ok = bootstrap.script_player().perform(token, path.lstrip("/"), lambda: make(change), lambda: make(decline))
    return {"ok": ok}


create_during_init(bootstrap.ledger, bootstrap.script_table, bootstrap.merchant)

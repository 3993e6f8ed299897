"""HTTP requests, validated field by field, and responses."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import Any, NoReturn

from payment_3p_service.errors import BadRequest, ProviderError

MAX_AMOUNT = 2_147_483_647
MAX_TOKEN = 200
MAX_KEY = 255
CARD_NUMBER = re.compile(r"[0-9]{16}")
KEY = re.compile(r"[\x21-\x7e]{1,255}")

Event = Mapping[str, Any]
Response = dict[str, Any]
Handler = Callable[[Event, object], Response]


def lambda_handler(handle: Callable[[Event], Any]) -> Handler:
    """A Lambda handler that answers the result as a 200, or the error with the error's status."""

    @wraps(handle)
    def answer(event: Event, _context: object) -> Response:
        try:
            return respond(200, handle(event))
        except ProviderError as error:
            return respond(error.status, {"message": error.message})

    return answer


def respond(status: int, body: Any) -> Response:
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": json.dumps(body),
        "isBase64Encoded": False,
    }


def readable_by(origin: Callable[[], str]) -> Callable[[Handler], Handler]:
    """Add the header by which a browser lets a page of that origin (`*`: of any) read results and errors."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(event: Event, context: object) -> Response:
            response = handler(event, context)
            return {**response, "headers": {**response["headers"], "Access-Control-Allow-Origin": origin()}}

        return answer

    return decorate


def body_of(event: Event, *known: str) -> dict[str, Any]:
    """The JSON object in the body, which has exactly these fields."""
    body = optional_body_of(event, known)
    if missing := [name for name in known if name not in body]:
        raise BadRequest(f"missing fields: {', '.join(missing)}")
    return body


def optional_body_of(event: Event, known: Collection[str]) -> dict[str, Any]:
    """The JSON object in the body, which has some of these fields and no others."""
    try:
        body = json.loads(event.get("body") or "", parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadRequest("the body is missing or is not JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    if not body.keys() <= set(known):
        raise BadRequest(f"unknown fields: the body may have {', '.join(known)} and no others")
    return body


def amount_of(body: Mapping[str, Any]) -> int:
    return integer_of(body["amount"], "amount", 0, MAX_AMOUNT)


def integer_of(value: Any, name: str, lowest: int, highest: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
        raise BadRequest(f"{name} must be a whole number from {lowest} to {highest}")
    return value


def token_of(values: Mapping[str, Any]) -> str:
    value = values.get("paymentToken")
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TOKEN or not value.isprintable():
        raise BadRequest(f"paymentToken must be a text of 1 to {MAX_TOKEN} characters")
    return value


def card_number_of(body: Mapping[str, Any]) -> str:
    """The message never contains the number."""
    value = body["cardNumber"]
    if not isinstance(value, str) or not CARD_NUMBER.fullmatch(value):
        raise BadRequest("cardNumber must be a text of 16 digits")
    return value


def key_of(event: Event) -> str | None:
    """The idempotency key, None without one."""
    key = header_of(event, "idempotency-key")
    if key is not None and not KEY.fullmatch(key):
        raise BadRequest(f"Idempotency-Key must be 1 to {MAX_KEY} visible ASCII characters")
    return key


def header_of(event: Event, name: str) -> str | None:
    headers = event.get("headers") or {}
    return next((str(value) for key, value in headers.items() if key.lower() == name), None)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")

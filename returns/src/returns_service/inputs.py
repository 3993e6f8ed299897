"""Validation of what shoppers and staff send. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from ecom.errors import InvalidInput
from ecom.limits import MAX_ID_LENGTH, MAX_LINES, MAX_QUANTITY, MAX_REASON_LENGTH
from ecom.validation import fields, integer, is_blank, paragraph, text
from returns_service.domain import ReceivedLine, Request, RequestedLine

CLIENT_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,43}")


def return_id_of(user_id: str, client_token: Any) -> str:
    """The id of a return: that of its requester and the token. It is also the name of its execution."""
    if not isinstance(client_token, str) or not CLIENT_TOKEN.fullmatch(client_token):
        raise InvalidInput("clientToken must have 1 to 43 letters, digits, `-` and `_`")
    return f"{user_id}_{client_token}"


def request_from(body: Any, return_id: str, user_id: str, cause: str) -> Request:
    given = fields(body, "the request", ("orderId", "lines"))
    lines = given.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= MAX_LINES:
        raise InvalidInput(f"lines must be a list of 1 to {MAX_LINES} lines")
    wanted = tuple(_requested(line, f"lines[{number}]") for number, line in enumerate(lines))
    if len({line.product_id for line in wanted}) < len(wanted):
        raise InvalidInput("a product may have one line only")
    return Request(return_id, user_id, text(given.get("orderId"), "orderId", MAX_ID_LENGTH), wanted, cause)


def _requested(line: Any, place: str) -> RequestedLine:
    given = fields(line, place, ("productId", "quantity", "reason"))
    reason = given.get("reason")
    return RequestedLine(
        text(given.get("productId"), f"{place}.productId", MAX_ID_LENGTH),
        integer(given.get("quantity"), f"{place}.quantity", 1, MAX_QUANTITY),
        "" if is_blank(reason) else paragraph(reason, f"{place}.reason", MAX_REASON_LENGTH),
    )


def received_from(lines: Any) -> list[ReceivedLine]:
    """What came back: a product may have a line for each condition."""
    if not isinstance(lines, list) or len(lines) > 2 * MAX_LINES:
        raise InvalidInput(f"lines must be a list of at most {2 * MAX_LINES} lines")
    received = [_received(line, f"lines[{number}]") for number, line in enumerate(lines)]
    if len({(line.product_id, line.condition) for line in received}) < len(received):
        raise InvalidInput("a product may have one line for each condition")
    return received


def _received(line: Mapping[str, Any], place: str) -> ReceivedLine:
    product_id = text(line.get("productId"), f"{place}.productId", MAX_ID_LENGTH)
    quantity = integer(line.get("quantity"), f"{place}.quantity", 0, MAX_QUANTITY)
    match line.get("condition"):
        case "RESTOCK":
            return ReceivedLine(product_id, quantity, "RESTOCK")
        case "SCRAP":
            return ReceivedLine(product_id, quantity, "SCRAP")
    raise InvalidInput(f"{place}.condition must be RESTOCK or SCRAP")


def refusal_from(reason: Any) -> str:
    """Why staff refuse a return. The shopper reads it."""
    return paragraph(reason, "reason", MAX_REASON_LENGTH)

"""What a shopper asks for: checked, and given an id and a hash. Pure."""

import base64
import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from ecom import jsons
from ecom.errors import InvalidInput
from ecom.limits import MAX_INT
from ecom.times import timestamp
from ecom.validation import fields, integer, text
from orders_service import domain
from orders_service.domain import ADDRESS, DIMENSIONS, Line, Order, total_of
from orders_service.problems import INVALID_INPUT, Problem

MAX_LINES = 50
MAX_QUANTITY = 1_000
# Old and new image of an order travel in one event, which EventBridge takes up to 256 KiB.
MAX_BYTES = 100_000
LIMITS = {"width": 1_000_000, "length": 1_000_000, "height": 1_000_000, "weight": 100_000_000}
LENGTHS = {
    "name": 200,
    "companyName": 200,
    "streetAddress": 500,
    "postCode": 40,
    "city": 200,
    "state": 200,
    "phoneNumber": 50,
}
REQUIRED = ("name", "streetAddress", "city")
OF_REQUEST = ("products", "address", "deliveryPrice", "paymentToken", "clientToken")
OF_PRODUCT = (
    *("productId", "createdDate", "modifiedDate", "name", "package", "category", "tags", "pictures", "price"),
    "quantity",
)
MAX_TOKEN = 200

T = TypeVar("T")
_NAMESPACE = uuid.UUID("0b4e2d8e-3c52-4d4c-9c1e-6f2f6f1f7f11")


class InvalidOrder(Exception):
    """The request breaks rules; each is a problem of its own."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Draft:
    """A valid request: lines merged, so that equal lines of one product are one."""

    lines: tuple[Line, ...]
    address: Mapping[str, str]
    delivery_price: int
    payment_token: str
    client_token: str | None

    @property
    def total(self) -> int:
        return total_of(self.lines, self.delivery_price)

    def order_id(self, user_id: str) -> str:
        """The same user and token give the same order."""
        return str(uuid.uuid5(_namespace_of(user_id), self.client_token or self.payment_token))

    def content_hash(self) -> str:
        """The same content gives the same hash, in whatever order the lines come."""
        ordered = sorted(self.lines, key=jsons.dumps)
        content = [ordered, sorted(self.address.items()), self.delivery_price, self.payment_token]
        digest = hashlib.sha256(jsons.dumps(content).encode()).digest()
        return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")

    def order(self, user_id: str, now: datetime) -> Order:
        """The order that this makes. Owner, total, status and time are ours."""
        at = timestamp(now)
        return {
            "orderId": self.order_id(user_id),
            "userId": user_id,
            "createdDate": at,
            "modifiedDate": at,
            "status": domain.NEW,
            "paymentStatus": domain.AUTHORISED,
            "products": [dict(line) for line in self.lines],
            "address": dict(self.address),
            "deliveryPrice": self.delivery_price,
            "total": self.total,
            "paymentToken": self.payment_token,
            "history": [{"at": at, "status": domain.NEW, "cause": "createOrder"}],
            "contentHash": self.content_hash(),
        }


def _namespace_of(user_id: str) -> uuid.UUID:
    """A user of the pool is a UUID; any other name gets one."""
    try:
        return uuid.UUID(user_id)
    except ValueError:
        return uuid.uuid5(_NAMESPACE, user_id)


def read_draft(given: Mapping[str, Any]) -> Draft:
    """The request, checked; raises InvalidOrder with everything that is wrong."""
    found = _Findings()
    found.look(lambda: fields(given, "order", OF_REQUEST))
    lines = found.look(lambda: _lines(given.get("products"), found)) or ()
    address = found.look(lambda: _address(given.get("address"), found)) or {}
    price = found.look(lambda: integer(given.get("deliveryPrice"), "deliveryPrice", 0, MAX_INT)) or 0
    payment_token = found.look(lambda: text(given.get("paymentToken"), "paymentToken", MAX_TOKEN)) or ""
    client_token = None
    if given.get("clientToken"):
        client_token = found.look(lambda: text(given["clientToken"], "clientToken", MAX_TOKEN))
    draft = Draft(lines, address, price, payment_token, client_token)
    if not found.problems and draft.total > MAX_INT:
        found.add(f"the total must be at most {MAX_INT}")
    if not found.problems and len(jsons.dumps([draft.lines, draft.address]).encode()) > MAX_BYTES:
        found.add(f"the order is too large: its lines and address have more than {MAX_BYTES} bytes")
    if found.problems:
        raise InvalidOrder(found.problems)
    return draft


class _Findings:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, message: str) -> None:
        self.problems.append(Problem(INVALID_INPUT, message))

    def look(self, check: Callable[[], T]) -> T | None:
        try:
            return check()
        except InvalidInput as error:
            self.add(error.message)
            return None


def _lines(value: Any, found: _Findings) -> tuple[Line, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    lines: list[Line] = []
    for place, given in enumerate(value):
        line = found.look(partial(_line, given, f"products[{place}]"))
        if line is not None:
            lines.append(line)
    ordered: dict[str, int] = {}
    for line in lines:
        ordered[line["productId"]] = ordered.get(line["productId"], 0) + line["quantity"]
    for product_id, quantity in ordered.items():
        if quantity > MAX_QUANTITY:
            found.add(f"quantity of {product_id!r} must be at most {MAX_QUANTITY} in all lines together")
    return merged(lines)


def merged(lines: list[Line]) -> tuple[Line, ...]:
    """Lines that differ in nothing but quantity become one. Differing ones stay: the catalogue knows which is right."""
    by_content: dict[str, Line] = {}
    for line in lines:
        key = jsons.dumps([line["productId"], line["name"], sorted(line["package"].items()), line["price"]])
        same = by_content.get(key)
        by_content[key] = {**line, "quantity": line["quantity"] + (same["quantity"] if same else 0)}
    return tuple(by_content.values())


def _line(value: Any, name: str) -> Line:
    """What an order keeps of a line."""
    given = fields(value, name, OF_PRODUCT)
    package = fields(given.get("package"), f"{name}.package", DIMENSIONS)
    quantity = given.get("quantity")
    return {
        "productId": text(given.get("productId"), f"{name}.productId", 200),
        "name": text(given.get("name"), f"{name}.name", 500),
        "package": {key: integer(size, f"{name}.package.{key}", 0, LIMITS[key]) for key, size in package.items()},
        "price": integer(given.get("price"), f"{name}.price", 0, MAX_INT),
        # One when it is not said, as for the price of its delivery and for whoever reads the events.
        "quantity": integer(1 if quantity is None else quantity, f"{name}.quantity", 1, MAX_QUANTITY),
    }


def _address(value: Any, found: _Findings) -> dict[str, str]:
    """Optional texts that say nothing are left out."""
    given = fields(value, "address", ADDRESS)
    address: dict[str, str] = {}
    for name, longest in LENGTHS.items():
        if name in REQUIRED or _says_something(given.get(name)):
            address[name] = found.look(partial(text, given.get(name), f"address.{name}", longest)) or ""
    address["country"] = found.look(lambda: _country(given.get("country"))) or ""
    return address


def _says_something(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _country(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 2 or not (value.isascii() and value.isalpha()):
        raise InvalidInput("address.country must be two letters")
    return value

"""The input of createOrder: validated, and turned into an order with an id and a hash of its content. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from ecom import jsons
from ecom.errors import InvalidInput
from ecom.limits import (
    ADDRESS_FIELDS,
    DIMENSIONS,
    LINE_FIELDS,
    MAX_ID_LENGTH,
    MAX_INT,
    MAX_LINES,
    MAX_NAME_LENGTH,
    MAX_QUANTITY,
    MAX_TOKEN_LENGTH,
)
from ecom.order_ids import order_id_of
from ecom.order_input import hash_of
from ecom.times import timestamp
from ecom.validation import fields, integer, is_blank, paragraph, text
from orders_service.domain import HistoryEntry, Line, Order, PaymentStatus, Status, total_of, units_of
from orders_service.problems import INVALID_INPUT, Problem
from orders_service.rows import item_from_line

# OrderModified carries the order twice, and EventBridge accepts 256 KiB.
MAX_BYTES = 100_000
MAX_LENGTHS = {
    "name": 200,
    "companyName": 200,
    "streetAddress": 500,
    "postCode": 40,
    "city": 200,
    "state": 200,
    "phoneNumber": 50,
}
REQUIRED = ("name", "streetAddress", "city")
INPUT_FIELDS = ("products", "address", "deliveryPrice", "paymentToken", "clientToken")

T = TypeVar("T")


class InvalidOrder(Exception):
    """The input breaks rules; each is a problem of its own."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Draft:
    """Valid input. Lines that differ only in their quantity are merged."""

    lines: tuple[Line, ...]
    address: Mapping[str, str]
    delivery_price: int
    payment_token: str
    client_token: str | None
    currency: str
    # Of a request that left prices open: a retry is compared with it, and not with the prices that were filled in.
    request_hash: str = ""

    @property
    def total(self) -> int:
        return total_of(self.lines, self.delivery_price)

    def order_id(self, user_id: str) -> str:
        """The same user and token give the same id."""
        return order_id_of(user_id, self.client_token or self.payment_token)

    @property
    def has_prices_of_services(self) -> bool:
        """Whether the prices were just read from the services, so that they need no check."""
        return bool(self.request_hash)

    def content_hash(self) -> str:
        """The same content gives the same hash, whatever the order of the lines.

        Orders store it, and a retry is compared with it: add a new optional field only when the request has it.
        """
        if self.request_hash:
            return self.request_hash
        lines = sorted(map(item_from_line, self.lines), key=jsons.dumps)
        content = [lines, sorted(self.address.items()), self.delivery_price, self.payment_token]
        return hash_of(content)

    def order(self, user_id: str, now: datetime, correlation_id: str, channel: str | None = None) -> Order:
        """The new order. The server decides its owner, total, status and time. `channel` names the service that asked
        for it."""
        at = timestamp(now)
        return Order(
            order_id=self.order_id(user_id),
            user_id=user_id,
            created_date=at,
            modified_date=at,
            status=Status.NEW,
            payment_status=PaymentStatus.AUTHORISED,
            lines=self.lines,
            address=self.address,
            delivery_price=self.delivery_price,
            total=self.total,
            currency=self.currency,
            channel=channel,
            payment_token=self.payment_token,
            history=(HistoryEntry(at, Status.NEW, "createOrder"),),
            content_hash=self.content_hash(),
            version=1,
            correlation_id=correlation_id,
        )


def read_draft(order: Mapping[str, Any], currency: str) -> Draft:
    """Validate the input; prices are in the currency. Raises InvalidOrder with every problem."""
    problems = InputProblems()
    problems.check(lambda: fields(order, "order", INPUT_FIELDS))
    lines = problems.check(lambda: _lines(order.get("products"), currency, problems)) or ()
    address = problems.check(lambda: address_of(order.get("address"), problems)) or {}
    price = problems.check(lambda: integer(order.get("deliveryPrice"), "deliveryPrice", 0, MAX_INT)) or 0
    payment_token = problems.check(lambda: text(order.get("paymentToken"), "paymentToken", MAX_TOKEN_LENGTH)) or ""
    client_token = None
    if order.get("clientToken"):
        client_token = problems.check(lambda: text(order["clientToken"], "clientToken", MAX_TOKEN_LENGTH))
    draft = Draft(lines, address, price, payment_token, client_token, currency)
    if not problems.found and draft.total > MAX_INT:
        problems.add(f"the total must be at most {MAX_INT}")
    if not problems.found:
        problems.found += size_problems(draft)
    if problems.found:
        raise InvalidOrder(problems.found)
    return draft


class InputProblems:
    """Every rule that an input breaks."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, message: str) -> None:
        self.found.append(Problem(INVALID_INPUT, message))

    def check(self, validate: Callable[[], T]) -> T | None:
        """The valid value. None after adding a problem."""
        try:
            return validate()
        except InvalidInput as error:
            self.add(error.message)
            return None


def size_problems(draft: Draft) -> list[Problem]:
    """Why no event can carry the order, if none can."""
    size = len(jsons.dumps([[item_from_line(line) for line in draft.lines], draft.address]).encode())
    if size <= MAX_BYTES:
        return []
    too_large = f"the order is too large: its lines and address have more than {MAX_BYTES} bytes"
    return [Problem(INVALID_INPUT, too_large)]


def _lines(value: Any, currency: str, problems: InputProblems) -> tuple[Line, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_LINES:
        raise InvalidInput(f"products must be a list of 1 to {MAX_LINES} lines")
    checked = [problems.check(partial(_line, line, f"products[{index}]", currency)) for index, line in enumerate(value)]
    lines = [line for line in checked if line is not None]
    for product_id, quantity in units_of(lines).items():
        if quantity > MAX_QUANTITY:
            problems.add(f"quantity of {product_id!r} must be at most {MAX_QUANTITY} in all lines together")
    return _merged(lines)


def _merged(lines: list[Line]) -> tuple[Line, ...]:
    """Merge lines that differ only in their quantity. Two prices stay two lines: products finds the wrong one."""
    by_content: dict[str, Line] = {}
    for line in lines:
        key = jsons.dumps([line.product_id, line.name, sorted((line.package or {}).items()), line.price])
        same = by_content.get(key)
        by_content[key] = replace(line, quantity=line.units + same.units) if same else line
    return tuple(by_content.values())


def _line(value: Any, name: str, currency: str) -> Line:
    """The stored fields of a line of the input."""
    given = fields(value, name, LINE_FIELDS)
    package = fields(given.get("package"), f"{name}.package", DIMENSIONS)
    if given.get("currency", currency) != currency:
        raise InvalidInput(f"{name}.currency must be {currency}")
    return Line(
        product_id=text(given.get("productId"), f"{name}.productId", MAX_ID_LENGTH),
        name=text(given.get("name"), f"{name}.name", MAX_NAME_LENGTH),
        package={key: integer(size, f"{name}.package.{key}", 0, MAX_INT) for key, size in package.items()},
        price=integer(given.get("price"), f"{name}.price", 0, MAX_INT),
        # Without a quantity it is one unit, as in delivery pricing and in events.
        quantity=integer(given.get("quantity", 1), f"{name}.quantity", 1, MAX_QUANTITY),
    )


def address_of(value: Any, problems: InputProblems) -> dict[str, str]:
    """The address without blank optional fields."""
    given = fields(value, "address", ADDRESS_FIELDS)
    address: dict[str, str] = {}
    for name, longest in MAX_LENGTHS.items():
        if name in REQUIRED or not is_blank(given.get(name)):
            address[name] = problems.check(partial(paragraph, given.get(name), f"address.{name}", longest)) or ""
    address["country"] = problems.check(lambda: _country(given.get("country"))) or ""
    return address


def _country(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 2 or not (value.isascii() and value.isalpha()):
        raise InvalidInput("address.country must be two letters")
    return value

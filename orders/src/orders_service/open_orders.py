"""createOrder asked by a service, which leaves prices open: the server fills in the catalogue's and the delivery price.

A price that is given all the same is checked. The hash, with which a retry is compared, has what was given only: the
same request finds its order although prices changed meanwhile. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ecom.limits import MAX_ID_LENGTH, MAX_INT, MAX_LINES, MAX_QUANTITY, MAX_TOKEN_LENGTH
from ecom.order_ids import order_id_of
from ecom.order_input import hash_of
from ecom.validation import fields, integer, text
from orders_service import problems
from orders_service.domain import Line, total_of, units_of
from orders_service.drafts import INPUT_FIELDS, Draft, InputProblems, InvalidOrder, address_of, size_problems
from orders_service.problems import INVALID_INPUT, Problem

FIELDS = (*INPUT_FIELDS, "total")
LINE_FIELDS = ("productId", "quantity", "price")
# What each line of GraphQL's createOrder has. A line of an open order has no name.
OF_COMPLETE_LINES = ("name", "price")


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """Valid input. `lines` have a price where the service gave one."""

    lines: tuple[Line, ...]
    address: Mapping[str, str]
    delivery_price: int | None
    total: int | None
    payment_token: str
    client_token: str | None

    @property
    def quantities(self) -> Mapping[str, int]:
        return units_of(self.lines)

    def order_id(self, user_id: str) -> str:
        return order_id_of(user_id, self.client_token or self.payment_token)

    def content_hash(self) -> str:
        lines = sorted((line.product_id, line.units, -1 if line.price is None else line.price) for line in self.lines)
        content = [lines, sorted(self.address.items()), self.delivery_price, self.total, self.payment_token]
        return hash_of(content)

    def lines_from(self, catalogue: Mapping[str, Line]) -> tuple[tuple[Line, ...], list[Problem]]:
        """One line for each product, as the catalogue has it; and the problems of given prices and unknown products."""
        lines, found = [], []
        for product_id, quantity in self.quantities.items():
            line = catalogue.get(product_id)
            if line is None:
                found.append(Problem(problems.UNKNOWN_PRODUCT, f"product {product_id!r} is unknown", product_id))
                continue
            lines.append(replace(line, quantity=quantity))
            given = [one.price for one in self.lines if one.product_id == product_id and one.price is not None]
            found += [
                problems.price_changed(product_id, line.price or 0, price) for price in given if price != line.price
            ]
        return tuple(lines), found

    def priced(self, lines: tuple[Line, ...], delivery_price: int, currency: str) -> tuple[Draft, list[Problem]]:
        """The order with all prices, and the problems of its size, and of a given delivery price and total."""
        found = []
        total = total_of(lines, delivery_price)
        if self.delivery_price not in (None, delivery_price):
            found.append(problems.delivery_price_changed(delivery_price, self.delivery_price or 0))
        if self.total not in (None, total):
            found.append(problems.total_changed(total, self.total or 0))
        if total > MAX_INT:
            found.append(Problem(INVALID_INPUT, f"the total must be at most {MAX_INT}"))
        priced = Draft(
            lines,
            self.address,
            delivery_price,
            self.payment_token,
            self.client_token,
            currency,
            request_hash=self.content_hash(),
        )
        return priced, found + size_problems(priced)


def leaves_prices_open(order: Mapping[str, Any]) -> bool:
    """Whether this is no complete input of GraphQL's createOrder: a line lacks its name or price, the delivery price is
    missing, or a total is given."""
    lines = order.get("products")
    complete = isinstance(lines, list) and all(
        isinstance(line, Mapping) and all(line.get(name) is not None for name in OF_COMPLETE_LINES) for line in lines
    )
    return order.get("deliveryPrice") is None or order.get("total") is not None or not complete


def read_open_order(order: Mapping[str, Any]) -> OpenOrder:
    """Validate the input. Raises InvalidOrder with every problem."""
    found = InputProblems()
    found.check(lambda: fields(order, "order", FIELDS))
    lines = found.check(lambda: _lines(order.get("products"), found)) or ()
    address = found.check(lambda: address_of(order.get("address"), found)) or {}
    payment_token = found.check(lambda: text(order.get("paymentToken"), "paymentToken", MAX_TOKEN_LENGTH)) or ""
    client_token = None
    if order.get("clientToken"):
        client_token = found.check(lambda: text(order["clientToken"], "clientToken", MAX_TOKEN_LENGTH))
    amounts = {name: found.check(partial(_amount, order.get(name), name)) for name in ("deliveryPrice", "total")}
    if found.found:
        raise InvalidOrder(found.found)
    return OpenOrder(lines, address, amounts["deliveryPrice"], amounts["total"], payment_token, client_token)


def _lines(value: Any, found: InputProblems) -> tuple[Line, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_LINES:
        found.add(f"products must be a list of 1 to {MAX_LINES} lines")
        return ()
    checked = [found.check(partial(_line, line, f"products[{index}]")) for index, line in enumerate(value)]
    lines = tuple(line for line in checked if line is not None)
    for product_id, quantity in units_of(lines).items():
        if quantity > MAX_QUANTITY:
            found.add(f"quantity of {product_id!r} must be at most {MAX_QUANTITY} in all lines together")
    return lines


def _line(value: Any, name: str) -> Line:
    given = fields(value, name, LINE_FIELDS)
    return Line(
        product_id=text(given.get("productId"), f"{name}.productId", MAX_ID_LENGTH),
        price=_amount(given.get("price"), f"{name}.price"),
        quantity=integer(given.get("quantity", 1), f"{name}.quantity", 1, MAX_QUANTITY),
    )


def _amount(value: Any, name: str) -> int | None:
    return None if value is None else integer(value, name, 0, MAX_INT)

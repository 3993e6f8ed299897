"""A shop whose shoppers check out: the handlers on the tables of the template, with a fake of createOrder."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cart.tests.builders import NOON, USER
from cart.tests.unit.test_checkout_requests import BODY
from cart_service.checkout import CheckOut
from cart_service.checkouts import Checkouts
from cart_service.domain import Cart, Line
from cart_service.emptying import Emptying
from cart_service.handlers import on_order_created, rest_checkout
from cart_service.repository import Carts
from cart_service.rows import key_of_user
from ecom import jsons
from ecom.backoff import Backoff
from ecom.dynamo import Table
from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, bus_event, queue_record, records, rest_event
from ecom_testkit.orders_function import OrdersInMemory

TABLE, CHECKOUTS = "carts", "checkouts"
NO_WAIT = Backoff(max_attempts=4, sleep=lambda _: None)


@dataclass
class Till:
    client: Any
    orders: OrdersInMemory = field(default_factory=OrdersInMemory)
    dead_letters: DeadLetterSpy = field(default_factory=DeadLetterSpy)
    now: datetime = NOON
    requests: int = 0

    @property
    def carts(self) -> Carts:
        return Carts(self.client, TABLE)

    def check_out(self, client: Any = None) -> CheckOut:
        carts = Carts(client or self.client, TABLE)
        checkouts = Checkouts(client or self.client, CHECKOUTS, carts)
        return CheckOut(carts, checkouts, self.orders, self.orders, lambda: self.now, NO_WAIT)

    def emptying(self, client: Any = None) -> Emptying:
        carts = Carts(client or self.client, TABLE)
        return Emptying(carts, Checkouts(client or self.client, CHECKOUTS, carts), lambda: self.now, NO_WAIT)

    def put_in(self, *lines: Line, user: str = USER) -> int:
        """The version of the cart that now has these lines."""
        before = self.carts.find(key_of_user(user)) or Cart(key_of_user(user))
        written = self.carts.write(before, Cart(before.key, lines), self.now)
        assert written is not None
        return written.version

    def cart(self, user: str = USER) -> dict[str, int]:
        found = self.carts.find(key_of_user(user))
        return {each.product_id: each.quantity for each in found.lines} if found else {}

    def ask(self, user: str = USER, **changes: Any) -> tuple[int, Any]:
        event = rest_event("POST", "/checkout", {**BODY, **changes}, user_id=user)
        self.requests += 1
        response = rest_checkout.handler(event, LambdaContext(aws_request_id=f"request-{self.requests}"))
        assert response["headers"]["Access-Control-Allow-Origin"] == "https://shop.example"
        return response["statusCode"], jsons.loads(response["body"])

    def codes(self, **changes: Any) -> tuple[int, list[str]]:
        status, body = self.ask(**changes)
        return status, [problem["code"] for problem in body["problems"]]

    def announce(self, order_id: str, **changes: Any) -> None:
        """Deliver OrderCreated."""
        made = self.orders.made[order_id]
        detail = {"orderId": order_id, "userId": made["userId"], "channel": "cart", "products": products(made["asked"])}
        event = bus_event("ecommerce.orders", "OrderCreated", {**detail, **changes}, resources=[order_id])
        assert on_order_created.handler(records(queue_record(event)), LambdaContext()) == {"batchItemFailures": []}

    @property
    def checkouts(self) -> list[Any]:
        return [item for page in Table(self.client, CHECKOUTS).pages() for item in page]


def products(order: Any) -> list[dict[str, Any]]:
    return [{"price": 1, "name": "x", **each} for each in order["products"]]


class Died(Exception):
    """The function ended here."""


def die() -> None:
    raise Died

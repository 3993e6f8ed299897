"""The service over the fakes, as its handlers meet it."""

from typing import Any

from ecom_testkit.dead_letter_spy import DeadLetterSpy
from ecom_testkit.lambda_events import LambdaContext, field_event
from orders.tests.builders import LIFETIME
from orders.tests.fakes import ImmediateExecutor, OrdersInMemory, OtherServices, PaymentTokensInMemory
from orders_service.create_order import CreateOrder


class World:
    def __init__(self) -> None:
        self.orders = OrdersInMemory()
        self.tokens = PaymentTokensInMemory(self.orders, LIFETIME, 2)
        self.others = OtherServices()
        self.dead_letters = DeadLetterSpy()
        self.create_order = CreateOrder(
            self.orders, self.tokens, self.others, self.others, ImmediateExecutor(), lambda: 0.0, currency="EUR"
        )


def call(handler: Any, field: str, identity: dict[str, Any] | None, **arguments: Any) -> Any:
    return handler(field_event(field, arguments, identity), LambdaContext())

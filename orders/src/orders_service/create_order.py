"""createOrder: a request becomes an order, or is refused with every reason.

Guarantees: nothing is written before all checks have said yes; stock is reserved under the order's id and lapses by
itself when no order follows; the order and its hold on the payment token are one transaction; the same request
answers the same order, as it stands, however often and however concurrently it comes. It ends within `seconds`
whatever other services do, apart from our own table.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ecom.errors import PlatformError, TryAgain
from ecom.observability import logger
from orders_service import problems
from orders_service.clients import Checks, Warehouse
from orders_service.domain import Order, belongs_to
from orders_service.drafts import Draft, InvalidOrder, read_draft
from orders_service.errors import PaymentTokenUsed
from orders_service.graphql_view import shown
from orders_service.problems import Problem
from orders_service.repository import Orders

SECONDS = 4.2


@dataclass(frozen=True, slots=True)
class Placing:
    orders: Orders
    checks: Checks
    warehouse: Warehouse
    threads: Executor
    clock: Callable[[], float]
    seconds: float = SECONDS

    def place(self, given: Mapping[str, Any], user_id: str, now: datetime, correlation_id: str) -> dict[str, Any]:
        """The answer to createOrder."""
        ends = self.clock() + self.seconds
        try:
            draft = read_draft(given)
            return self._placed(draft, user_id, now, correlation_id, ends)
        except InvalidOrder as invalid:
            return refused(invalid.problems)
        except PaymentTokenUsed:
            return refused([problems.payment_refused()])
        except PlatformError as error:
            logger().warning("try again", extra={"error_type": error.type, "reason": error.message})
            return refused([problems.again("a service")])

    def _placed(self, draft: Draft, user_id: str, now: datetime, correlation_id: str, ends: float) -> dict[str, Any]:
        order = {**draft.order(user_id, now), "correlationId": correlation_id}
        existing = self.orders.get(order["orderId"])
        if existing is not None:
            return answer_of(existing, order)
        found = self._check(draft, ends) or self._reserve(order["orderId"], draft, ends)
        if found:
            return refused(found)
        return answer_of(self.orders.place(order), order)

    def _check(self, draft: Draft, ends: float) -> list[Problem]:
        """Ask all three at once; what each has against the order, in a fixed order."""
        seconds = self._left(ends)
        return self._said(
            seconds,
            {
                "the catalogue": self.threads.submit(self.checks.product_problems, draft.lines, seconds),
                "delivery pricing": self.threads.submit(self._delivery_problems, draft, seconds),
                "payment": self.threads.submit(self._payment_problems, draft, seconds),
            },
        )

    def _reserve(self, order_id: str, draft: Draft, ends: float) -> list[Problem]:
        seconds = self._left(ends)
        asked = self.threads.submit(self.warehouse.shortages, order_id, draft.lines, seconds)
        return self._said(seconds, {"the warehouse": asked})

    @staticmethod
    def _said(seconds: float, asked: Mapping[str, Future[list[Problem]]]) -> list[Problem]:
        # The calls end by themselves, but not when an answer trickles in: their limit is between two bytes.
        wait(asked.values(), timeout=seconds)
        return [problem for name, answer in asked.items() for problem in _said(name, answer)]

    def _delivery_problems(self, draft: Draft, seconds: float) -> list[Problem]:
        expected = self.checks.delivery_price(draft.lines, draft.address, seconds)
        if expected == draft.delivery_price:
            return []
        return [problems.delivery_price_changed(expected, draft.delivery_price)]

    def _payment_problems(self, draft: Draft, seconds: float) -> list[Problem]:
        covers = self.checks.payment_covers(draft.payment_token, draft.total, seconds)
        return [] if covers else [problems.payment_refused()]

    def _left(self, ends: float) -> float:
        left = ends - self.clock()
        if left <= 0:
            raise TryAgain("no time is left")
        return left


def _said(name: str, answer: Future[list[Problem]]) -> list[Problem]:
    """A service that did not answer, or not as it should, is asked again by the same request later."""
    if not answer.done():
        return [problems.again(name)]
    try:
        return answer.result()
    except PlatformError as error:
        logger().warning("no answer", extra={"service_asked": name, "error_type": error.type, "reason": error.message})
        return [problems.again(name)]


def answer_of(standing: Order, wanted: Order) -> dict[str, Any]:
    """The order that stands under the id, if it is what is wanted now."""
    same = belongs_to(standing, wanted["userId"]) and standing.get("contentHash") == wanted["contentHash"]
    order = shown(standing) if same else None
    if order is None:
        return refused([problems.mismatch()])
    return {"success": True, "message": "the order is accepted", "errors": None, "problems": None, "order": order}


def refused(found: list[Problem]) -> dict[str, Any]:
    return {
        "success": False,
        "message": "the order is refused",
        "errors": [problem.message for problem in found],
        "problems": [problem.as_data() for problem in found],
        "order": None,
    }

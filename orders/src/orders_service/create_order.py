"""createOrder: the input becomes an order, or is refused with every reason.

Guarantees: nothing is written before all checks have passed. Stock is reserved under the order's id; the reservation
lapses when no order follows. The order and its use of the payment token are written in one transaction. The same
request returns the same order in its current state, however often and concurrently it is sent. It ends within
`seconds`, however slow other services are, not counting the requests to our own table.
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
from orders_service.errors import PaymentTokenUsed, UnreadableOrder
from orders_service.graphql_view import to_graphql
from orders_service.problems import Problem
from orders_service.repository import Orders

SECONDS = 4.2


@dataclass(frozen=True, slots=True)
class CreateOrder:
    orders: Orders
    checks: Checks
    warehouse: Warehouse
    threads: Executor
    clock: Callable[[], float]
    seconds: float = SECONDS

    def run(self, order: Mapping[str, Any], user_id: str, now: datetime, correlation_id: str) -> dict[str, Any]:
        """The result of createOrder."""
        deadline = self.clock() + self.seconds
        try:
            draft = read_draft(order)
            return self._create(draft, draft.order(user_id, now, correlation_id), deadline)
        except InvalidOrder as invalid:
            return refused(invalid.problems)
        except UnreadableOrder:
            # An item that is not a valid order was written manually under this id.
            return refused([problems.idempotency_mismatch()])
        except PaymentTokenUsed:
            return refused([problems.payment_refused()])
        except PlatformError as error:
            logger().warning("try again", extra={"error_type": error.type, "reason": error.message})
            return refused([problems.try_again("a service")])

    def _create(self, draft: Draft, order: Order, deadline: float) -> dict[str, Any]:
        existing = self.orders.get(order.order_id)
        if existing is not None:
            return answer(existing, order)
        found = self._check(draft, deadline) or self._reserve(order, deadline)
        return refused(found) if found else answer(self.orders.create(order), order)

    def _check(self, draft: Draft, deadline: float) -> list[Problem]:
        """Call the three services at once. Their problems come in a fixed order."""
        seconds = self._left(deadline)
        calls = {
            "the catalogue": self.threads.submit(self.checks.product_problems, draft.lines, seconds),
            "delivery pricing": self.threads.submit(self._delivery_problems, draft, seconds),
            "payment": self.threads.submit(self._payment_problems, draft, seconds),
        }
        return _problems_of(calls, seconds)

    def _reserve(self, order: Order, deadline: float) -> list[Problem]:
        seconds = self._left(deadline)
        call = self.threads.submit(self.warehouse.reserve, order.order_id, order.lines or (), seconds)
        return _problems_of({"the warehouse": call}, seconds)

    def _delivery_problems(self, draft: Draft, seconds: float) -> list[Problem]:
        expected = self.checks.delivery_price(draft.lines, draft.address, seconds)
        if expected == draft.delivery_price:
            return []
        return [problems.delivery_price_changed(expected, draft.delivery_price)]

    def _payment_problems(self, draft: Draft, seconds: float) -> list[Problem]:
        is_covered = self.checks.payment_covers(draft.payment_token, draft.total, seconds)
        return [] if is_covered else [problems.payment_refused()]

    def _left(self, deadline: float) -> float:
        left = deadline - self.clock()
        if left <= 0:
            raise TryAgain("no time is left")
        return left


def _problems_of(calls: Mapping[str, Future[list[Problem]]], seconds: float) -> list[Problem]:
    """The problems that the calls found. A call without an answer is a problem of its own: TRY_AGAIN."""
    # A call's own time limit is between two bytes: it does not end one whose answer arrives slowly.
    wait(calls.values(), timeout=seconds)
    return [problem for service, call in calls.items() for problem in _result(service, call)]


def _result(service: str, call: Future[list[Problem]]) -> list[Problem]:
    if not call.done():
        return [problems.try_again(service)]
    try:
        return call.result()
    except PlatformError as error:
        extra = {"service_asked": service, "error_type": error.type, "reason": error.message}
        logger().warning("no answer", extra=extra)
        return [problems.try_again(service)]


def answer(stored: Order, wanted: Order) -> dict[str, Any]:
    """The stored order in its current state, if it is the wanted one; otherwise the token was used for another."""
    if not belongs_to(stored.user_id, wanted.user_id) or stored.content_hash != wanted.content_hash:
        return refused([problems.idempotency_mismatch()])
    return {
        "success": True,
        "message": "the order is accepted",
        "errors": None,
        "problems": None,
        "order": to_graphql(stored),
    }


def refused(found: list[Problem]) -> dict[str, Any]:
    return {
        "success": False,
        "message": "the order is refused",
        "errors": [problem.message for problem in found],
        "problems": [problem.as_data() for problem in found],
        "order": None,
    }

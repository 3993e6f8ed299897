"""createOrder: the input becomes an order, or is refused with every reason.

Guarantees: the payment token is claimed before stock is reserved, and no order is written before all checks have
passed. Stock is reserved under the order's id. A refusal gives back what this attempt claimed and reserved; after an
unknown outcome the reservation lapses. The order and its use of the payment token are written in one transaction. The
same request returns the same order in its current state, however often and concurrently it is sent. It ends within
`seconds`, however slow other services are, not counting the requests to our own tables.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from ecom.errors import InvalidInput, PlatformError, TryAgain
from ecom.observability import logger
from orders_service import problems
from orders_service.clients import Checks, Warehouse
from orders_service.domain import Order, belongs_to
from orders_service.drafts import Draft, InvalidOrder, read_draft
from orders_service.errors import PaymentTokenUsed, TooManyUnfinished, UnreadableOrder
from orders_service.graphql_view import to_graphql
from orders_service.open_orders import OpenOrder, leaves_prices_open, read_open_order
from orders_service.payment_tokens import PaymentTokens
from orders_service.problems import INVALID_INPUT, TRY_AGAIN, Problem
from orders_service.repository import Orders

Answer = TypeVar("Answer")

SECONDS = 4.2
# For giving back stock after a refusal. When the warehouse does not answer, the reservation lapses.
RELEASE_SECONDS = 1.0


class Refusal(Exception):
    """The order cannot be priced; each reason is a problem of its own."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks found. `was_unfinished`: an earlier attempt without an answer may hold stock for this order."""

    problems: list[Problem]
    was_unfinished: bool = False


@dataclass(frozen=True, slots=True)
class CreateOrder:
    orders: Orders
    payment_tokens: PaymentTokens
    checks: Checks
    warehouse: Warehouse
    threads: Executor
    clock: Callable[[], float]
    currency: str
    seconds: float = SECONDS

    def run(
        self,
        order: Mapping[str, Any],
        user_id: str,
        now: datetime,
        correlation_id: str,
        channel: str | None = None,
    ) -> dict[str, Any]:
        """The result of createOrder."""

        def create(deadline: float) -> dict[str, Any]:
            draft = read_draft(order, self.currency)
            new = draft.order(user_id, now, correlation_id, channel)
            existing = self.orders.get(new.order_id)
            if existing is None:
                return self._create(draft, new, now, deadline)
            return self._repeated(existing, user_id, str(new.content_hash))

        return self._answer(create)

    def run_for_service(
        self,
        order: Mapping[str, Any],
        user_id: str,
        now: datetime,
        correlation_id: str,
        channel: str | None = None,
    ) -> dict[str, Any]:
        """As `run`. Prices that the order leaves open are those of the catalogue and of delivery pricing."""
        if not leaves_prices_open(order):
            return self.run(order, user_id, now, correlation_id, channel)

        def create(deadline: float) -> dict[str, Any]:
            wanted = read_open_order(order)
            existing = self.orders.get(wanted.order_id(user_id))
            if existing is not None:
                return self._repeated(existing, user_id, wanted.content_hash())
            draft = self._priced(wanted, deadline)
            return self._create(draft, draft.order(user_id, now, correlation_id, channel), now, deadline)

        return self._answer(create)

    def _answer(self, create: Callable[[float], dict[str, Any]]) -> dict[str, Any]:
        """What `create` answers until the deadline that it is given, or why it refuses."""
        try:
            return create(self.clock() + self.seconds)
        except (InvalidOrder, Refusal) as refusal:
            return refused(refusal.problems)
        except UnreadableOrder:
            # An item that is not a valid order was written manually under this id.
            return refused([problems.idempotency_mismatch()])
        except PaymentTokenUsed:
            return refused([problems.payment_refused()])
        except PlatformError as error:
            logger().warning("try again", extra={"error_type": error.type, "reason": error.message})
            return refused([problems.try_again("a service")])

    def _create(self, draft: Draft, order: Order, now: datetime, deadline: float) -> dict[str, Any]:
        checked = self._check(draft, order, now, deadline)
        found = checked.problems
        if not found:
            found = self._reserve(order, deadline)
            if any(problem.code == TRY_AGAIN for problem in found):
                self._note_unfinished(order, now)  # stock may be reserved: the token stays claimed as long
                return refused(found)
        if found:
            if not checked.was_unfinished:  # else the token stays claimed as long as the stock
                self._release_token(order)
            return refused(found)
        result = self._store(order, now)
        if checked.was_unfinished:
            self._try(lambda: self.payment_tokens.note_finished(str(order.user_id), order.order_id))
        return result

    def _priced(self, wanted: OpenOrder, deadline: float) -> Draft:
        """The order with the prices of the services, of which the delivery price needs the packages. Raises Refusal."""
        products = self._ask("the catalogue", deadline, lambda left: self.checks.products(wanted.quantities, left))
        lines, found = wanted.lines_from(products)
        if found:
            raise Refusal(found)
        price = self._ask(
            "delivery pricing", deadline, lambda left: self.checks.delivery_price(lines, wanted.address, left)
        )
        draft, found = wanted.priced(lines, price, self.currency)
        if found:
            raise Refusal(found)
        return draft

    def _ask(self, service: str, deadline: float, ask: Callable[[float], Answer]) -> Answer:
        """The service's answer. Raises Refusal when there is none in time."""
        seconds = self._left(deadline)
        call = self.threads.submit(ask, seconds)
        wait([call], timeout=seconds)
        return _answer_of(service, call, _refuse)

    def _store(self, order: Order, now: datetime) -> dict[str, Any]:
        try:
            stored = self.orders.create(order)
        except TryAgain:
            self._note_unfinished(order, now)
            raise
        except PaymentTokenUsed:
            self._release_stock(order)
            raise
        result = answer(stored, str(order.user_id), str(order.content_hash), self.currency)
        if not result["success"]:
            # The reservation has the id of the order that exists: it keeps its stock until OrderCreated arrives.
            self._release_token(order)
        return result

    def _repeated(self, stored: Order, user_id: str, content_hash: str) -> dict[str, Any]:
        """The answer to a request whose order exists. An attempt without an answer may have noted it as unfinished."""
        result = answer(stored, user_id, content_hash, self.currency)
        if result["success"]:
            self._try(lambda: self.payment_tokens.note_finished(user_id, stored.order_id))
        return result

    def _check(self, draft: Draft, order: Order, now: datetime, deadline: float) -> Checked:
        """Claim the payment token and ask the three services at once. Their problems come in a fixed order. Prices that
        were just read from the services need no check."""
        seconds = self._left(deadline)
        calls: dict[str, Future[list[Problem]]] = {}
        if not draft.has_prices_of_services:
            calls["the catalogue"] = self.threads.submit(self.checks.product_problems, draft.lines, seconds)
            calls["delivery pricing"] = self.threads.submit(self._delivery_problems, draft, seconds)
        calls["payment"] = self.threads.submit(self._payment_problems, draft, seconds)
        claim = self.threads.submit(self._claim, draft.payment_token, order, now)
        every: list[Future[Any]] = [*calls.values(), claim]
        wait(every, timeout=seconds)
        claimed = _answer_of("orders", claim, lambda problem: Checked([problem]))
        found = [*_problems_of(calls), *claimed.problems]
        return Checked(list(dict.fromkeys(found)), claimed.was_unfinished)

    def _claim(self, token: str, order: Order, now: datetime) -> Checked:
        was_unfinished = False
        try:
            was_unfinished = self.payment_tokens.check_unfinished(str(order.user_id), order.order_id, now)
            self.payment_tokens.claim(token, order.order_id, attempt_of(order), now)
        except PaymentTokenUsed:
            return Checked([problems.payment_refused()], was_unfinished)
        except TooManyUnfinished as error:
            return Checked([Problem(TRY_AGAIN, error.message)])
        except PlatformError as error:
            return Checked([_no_answer("orders", error)], was_unfinished)
        return Checked([], was_unfinished)

    def _reserve(self, order: Order, deadline: float) -> list[Problem]:
        seconds = self._left(deadline)
        lines, attempt = order.lines or (), attempt_of(order)
        call = self.threads.submit(self.warehouse.reserve, order.order_id, lines, attempt, seconds)
        wait([call], timeout=seconds)
        return _problems_of({"the warehouse": call})

    def _release_stock(self, order: Order) -> None:
        self._try(lambda: self.warehouse.release(order.order_id, attempt_of(order), RELEASE_SECONDS))

    def _release_token(self, order: Order) -> None:
        token = str(order.payment_token)
        self._try(lambda: self.payment_tokens.release(token, order.order_id, attempt_of(order)))

    def _note_unfinished(self, order: Order, now: datetime) -> None:
        self._try(lambda: self.payment_tokens.note_unfinished(str(order.user_id), order.order_id, now))

    def _try(self, clean_up: Callable[[], None]) -> None:
        """The answer does not depend on a clean-up: stock and a payment token that are not released lapse."""
        try:
            clean_up()
        except PlatformError as error:
            logger().warning("a clean-up failed", extra={"error_type": error.type, "reason": error.message})

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


def _problems_of(calls: Mapping[str, Future[list[Problem]]]) -> list[Problem]:
    """The problems that the calls found. A call without an answer is a problem of its own: TRY_AGAIN."""
    return [problem for service, call in calls.items() for problem in _answer_of(service, call, lambda one: [one])]


def _answer_of(service: str, call: Future[Answer], without: Callable[[Problem], Answer]) -> Answer:
    """The call's answer, or what is `without` one: why the service refuses the input, or TRY_AGAIN."""
    # Callers waited as long as they may. A call's own time limit is between two bytes: it does not end one whose
    # answer arrives slowly.
    if not call.done():
        return without(problems.try_again(service))
    try:
        return call.result()
    except InvalidInput as error:
        return without(Problem(INVALID_INPUT, error.message))
    except PlatformError as error:
        return without(_no_answer(service, error))


def _refuse(problem: Problem) -> NoReturn:
    raise Refusal([problem])


def _no_answer(service: str, error: PlatformError) -> Problem:
    extra = {"service_asked": service, "error_type": error.type, "reason": error.message}
    logger().warning("no answer", extra=extra)
    return problems.try_again(service)


def attempt_of(order: Order) -> str:
    """This request's name among all that try to create the order."""
    return str(order.correlation_id)


def answer(stored: Order, user_id: str, content_hash: str, currency: str) -> dict[str, Any]:
    """The stored order in its current state, if it is the wanted one; otherwise the token was used for another."""
    if not belongs_to(stored.user_id, user_id) or stored.content_hash != content_hash:
        return refused([problems.idempotency_mismatch()])
    return {
        "success": True,
        "message": "the order is accepted",
        "errors": None,
        "problems": None,
        "order": to_graphql(stored, currency),
    }


def refused(found: list[Problem]) -> dict[str, Any]:
    return {
        "success": False,
        "message": "the order is refused",
        "errors": [problem.message for problem in found],
        "problems": [problem.as_data() for problem in found],
        "order": None,
    }

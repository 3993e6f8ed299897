"""The steps of a return's execution (state-machine.asl.yaml). Every step may run again: the row of the return decides.

The execution waits twice: for the decision of staff, while the return is REQUESTED, and for the goods, while it is
APPROVED. A step stores the task token of the wait. Then it looks at the return: a decision that stands already ends
the wait at once. Later decisions end it through the table's stream. So whichever comes first, one of the two ends it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ecom.state_machine import StateMachine
from returns_service.clients import Payment, Refunded, Warehouse
from returns_service.domain import Return, Status, expire, failed, refunded, to_restock
from returns_service.errors import NoSuchReturn
from returns_service.repository import Returns
from returns_service.task_tokens import TaskTokens, Wait


@dataclass(frozen=True, slots=True)
class Waiting:
    returns: Returns
    tokens: TaskTokens
    machine: StateMachine
    now: Callable[[], datetime]

    def begin(self, return_id: str, wait: Wait) -> None:
        self.tokens.store(return_id, wait, self.now())
        self.end_if_decided(return_id)

    def end_if_decided(self, return_id: str) -> None:
        """End the wait of the execution, unless the return is as it was when the wait began."""
        wait = self.tokens.find(return_id)
        current = found(self.returns, return_id)
        if wait is not None and current.status is not wait.while_in:
            self.machine.end_wait(wait.token, {"status": current.status})

    def expire(self, return_id: str, while_in: Status, correlation_id: str) -> Return:
        """The wait took too long. A decision that came at the same moment stands."""
        return self.returns.change(
            return_id, lambda current: expire(current, while_in, self.now(), "timeout"), correlation_id
        )


@dataclass(frozen=True, slots=True)
class Restocking:
    returns: Returns
    warehouse: Warehouse

    def restock(self, return_id: str) -> Return:
        current = found(self.returns, return_id)
        if units := to_restock(current):
            self.warehouse.restock(return_id, units)
        return current


@dataclass(frozen=True, slots=True)
class Refunding:
    returns: Returns
    payment: Payment
    now: Callable[[], datetime]

    def refund(self, return_id: str, correlation_id: str) -> Return:
        """Pay back what the goods cost, and end the return. A declined refund ends it as FAILED."""
        current = found(self.returns, return_id)
        if current.status is not Status.RECEIVED:
            return current
        outcome = self.payment.refund(return_id, current.order_id, current.refund) if current.refund else Refunded(0)

        def end(received: Return) -> Return:
            if isinstance(outcome, Refunded):
                return refunded(received, outcome.amount, self.now(), "refund")
            return failed(received, f"the refund was declined: {outcome.code}", self.now(), "refund")

        return self.returns.change(return_id, end, correlation_id)


def found(returns: Returns, return_id: str) -> Return:
    current = returns.find(return_id)
    if current is None:
        raise NoSuchReturn
    return current

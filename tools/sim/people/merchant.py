"""The shop itself at the payment provider: after the faults have ended it asks for what its ledger must refuse."""

from typing import Any

from tools.sim.people.payment_provider import ask_provider
from tools.sim.people.person import GaveUp, Person


class Merchant(Person):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._rounds = 0
        self._delivered: list[str] = []
        self._cancelled: list[str] = []

    def finish(self) -> bool:
        """Ask in the second round, about orders that had ended in the first: so their payments have ended too."""
        self._rounds += 1
        if self._rounds == 2:
            for order_id in self._delivered:
                self._expect_refusal(order_id, "captured", "/processPayment", {})
                self._expect_refusal(order_id, "captured", "/cancelPayment", {})
            for order_id in self._cancelled:
                self._expect_refusal(order_id, "cancelled", "/processPayment", {})
                self._expect_refusal(order_id, "cancelled", "/refund", {"amount": 1})
        usual = [each for each in self.book.accepted.values() if each.payment_token not in self.book.declined]
        self._delivered = [each.order_id for each in usual if each.order_id in self.book.delivered][-1:]
        self._cancelled = [each.order_id for each in usual if each.order_id in self.book.cancelled][-1:]
        return self._rounds == 1

    def _expect_refusal(self, order_id: str, status: str, path: str, more: dict[str, Any]) -> None:
        token = self.book.accepted[order_id].payment_token
        try:
            answer = ask_provider(self, path, {"paymentToken": token, **more})
        except GaveUp:
            return  # `post` has reported it
        if answer != (200, {"ok": False}):
            self.book.report_broken("M1", order_id, f"POST {path} of a {status} payment was answered {answer}")

"""The shop itself at the payment provider: after the faults have ended it asks for what its ledger must refuse."""

import json
from typing import Any

from tools.sim.people.declines import PROVIDER_SECRET, PROVIDER_URL
from tools.sim.people.person import GaveUp, Person


class Merchant(Person):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._evenings = 0
        self._delivered: list[str] = []
        self._cancelled: list[str] = []

    def live(self) -> None:
        pass

    def finish(self) -> bool:
        """Of orders that ended before this evening, so that their payments have ended too."""
        self._evenings += 1
        if self._evenings == 2:
            for order_id in self._delivered:
                self._is_refused(order_id, "captured", "/processPayment", {})
                self._is_refused(order_id, "captured", "/cancelPayment", {})
            for order_id in self._cancelled:
                self._is_refused(order_id, "cancelled", "/processPayment", {})
                self._is_refused(order_id, "cancelled", "/refund", {"amount": 1})
        usual = [each for each in self.book.accepted.values() if each.payment_token not in self.book.declined]
        self._delivered = [each.order_id for each in usual if each.order_id in self.book.delivered][-1:]
        self._cancelled = [each.order_id for each in usual if each.order_id in self.book.cancelled][-1:]
        return False

    def _is_refused(self, order_id: str, what: str, path: str, more: dict[str, Any]) -> None:
        parameters, token = self.world.parameters, self.book.accepted[order_id].payment_token
        secret = self.world.secrets[parameters[PROVIDER_SECRET]]
        headers = {"Authorization": f"Bearer {secret}"}
        try:
            status, answer = self.post(parameters[PROVIDER_URL], path, {"paymentToken": token, **more}, headers)
        except GaveUp:
            return  # it is reported there
        if (status, answer) != (200, {"ok": False}):
            why = f"POST {path} of a {what} payment was answered {status} {json.dumps(answer)}"
            self.book.report_broken("M1", order_id, why)

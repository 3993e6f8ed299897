"""Cashiers: they refund parts of orders, repeat themselves, ask for too much, and refund one order at the same time."""

from typing import Any

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.person import GaveUp, Person

MOST_EVENING_REFUNDS = 40
ROUND_SECONDS = 240.0
SAME = "same-"
"""How the token of another refund of the same amount begins."""


class Cashier(Person):
    groups = ("admin",)

    def live(self) -> None:
        round_ = 0
        while not self.book.closing:
            round_ += 1
            self.world.scheduler.sleep(ROUND_SECONDS - self.world.scheduler.now % ROUND_SECONDS)
            self.wait(0.0, 0.05, f"round {round_}")
            # In the order in which they were accepted: the first half of them is likely to be captured.
            orders = list(self.book.accepted)[: 1 + len(self.book.accepted) // 2]
            if not orders:
                continue
            # The name of this decision has no person: all cashiers turn to the same order at the same moment.
            if self.world.decisions.happens(0.5, f"cashiers meet {round_}"):
                order_id = self.world.decisions.choice(orders, f"cashiers meet at {round_}")
                # Two refunds of more than half are above the total: one of them must be refused.
                self.refund(order_id, f"live-{round_}", least_share=0.5)
            else:
                self.refund(self.choose(orders, f"order {round_}"), f"live-{round_}")

    def finish(self) -> bool:
        """Each cashier refunds a part of some orders once more, since most are delivered late."""
        worked = False
        for order_id in sorted(self.book.accepted)[:MOST_EVENING_REFUNDS]:
            token = f"late-{order_id[:8]}"
            if (self.name, token) not in self.book.refunds and self.chance(0.4, f"refunds {order_id} late"):
                self.refund(order_id, token)
                worked = True
        return worked

    def refund(self, order_id: str, token: str, least_share: float = 0.0) -> None:
        """Any amount up to a little more than the total, which must be refused."""
        total = int(self.book.accepted[order_id].order["total"])
        self._refund(
            order_id, self.number(1 + int(total * least_share), 1 + total + total // 5, f"amount {token}"), token
        )

    def _refund(self, order_id: str, amount: int, token: str) -> None:
        self.book.refunds[self.name, token] = (order_id, amount, "")
        if self.chance(0.2, f"clicks twice {token}"):
            self.world.background(f"{self.name} clicks again {token}", lambda: self._ask(order_id, amount, token))
        answer = self._ask(order_id, amount, token)
        if answer is None:
            return
        self.says(f"refunds {amount} of {order_id[:8]}: {answer['status']}")
        self.book.refunds[self.name, token] = (order_id, amount, answer["status"])
        self.book.refund_ids[self.name, token] = answer["refundId"]
        if not token.startswith(SAME) and self.chance(0.15, f"refunds as much again {token}"):
            self._refund(order_id, amount, f"{SAME}{token}")
        if self.chance(0.2, f"repeats {token}"):
            again = self._ask(order_id, amount, token)
            if again is not None and again["refundId"] != answer["refundId"]:
                self.book.report_broken("M5", order_id, "the same request made two refunds")
        if self.chance(0.1, f"mistypes {token}") and self._ask(order_id, amount + 1, token) is not None:
            self.book.report_broken("M5", order_id, f"a refund of {amount} was accepted again as one of {amount + 1}")
        if self.chance(0.1, f"types a minus {token}"):
            self.book.refunds[self.name, f"minus-{token}"] = (order_id, -amount, "")
            if self._ask(order_id, -amount, f"minus-{token}") is not None:
                self.book.report_broken("M5", order_id, f"a refund of {-amount} was accepted")

    def _ask(self, order_id: str, amount: int, token: str) -> dict[str, Any] | None:
        """The refund; None when it was refused or the outcome is unknown."""
        asked = {"orderId": order_id, "amount": amount, "reason": "goodwill", "clientToken": token}
        try:
            answer: dict[str, Any] = self.insist("refundOrder", input=asked)
        except (GraphQLError, GaveUp, NoAnswer) as error:
            self.world.note(f"{self.name}: {error}")
            is_mismatch = isinstance(error, GraphQLError) and error.type == "IDEMPOTENCY_MISMATCH"
            if is_mismatch and self.book.refunds[self.name, token][1] == amount:
                self.book.report_broken("M5", order_id, f"{self.name} used the token {token} first, and is refused")
            return None
        return answer

"""Clerks decide returns and receive goods. Two of them decide one return at once, or at the last moment, or not at all;
they mistype, repeat themselves, and pay goodwill beside the return."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tools.sim.people.payment_provider import decline
from tools.sim.people.return_deadlines import last_moment
from tools.sim.people.staff import DONE, NO_ANSWER, Staff

EVENING_ROUNDS = 7
REQUESTED, APPROVED = "REQUESTED", "APPROVED"
FORGOTTEN, LATE = 0.12, 0.2


class Clerk(Staff):
    groups = ("admin",)
    is_evening = False

    def work_once(self) -> bool:
        listed = {each["returnId"]: each for each in self.pages("getOpenReturns", "returns")}
        mine = [
            return_id
            for return_id in self.takes_now(listed)
            if not self._is_forgotten(return_id, listed[return_id]["status"])
        ]
        for return_id in mine:
            self._deal_with(listed[return_id])
        return bool(mine)

    def finish(self) -> bool:
        """Some hours more: goods come after their approval."""
        if not self.name.endswith("-1"):
            return False
        self.takes, self.is_evening, worked = 1.0, True, False
        for number in range(EVENING_ROUNDS):
            worked |= self.work_once()
            self.wait(5.0, 45.0, f"evening round {number} {self.rounds}")
        return worked

    def _is_forgotten(self, return_id: str, status: str) -> bool:
        """All clerks draw the same decision, so no clerk handles this return, and it expires."""
        return self.world.decisions.happens(FORGOTTEN, f"{return_id} is forgotten while {status}")

    def _deal_with(self, listed: Mapping[str, Any]) -> None:
        return_id, status = str(listed["returnId"]), str(listed["status"])
        if not self.is_evening and self.chance(LATE, f"decides late {return_id} {status}"):
            # At the side, so that other work goes on.
            self.world.background(f"{self.name} late {return_id} {status}", partial(self._late, listed))
            return
        self._decide(listed)

    def _late(self, listed: Mapping[str, Any]) -> None:
        last_moment(self, listed)
        self._decide(listed)

    def _decide(self, listed: Mapping[str, Any]) -> None:
        return_id = str(listed["returnId"])
        if listed["status"] == APPROVED:
            self._receive(listed)
            return
        if self.chance(0.2, f"asks a colleague about {return_id}"):
            self.world.background(f"colleague of {self.name} {return_id}", partial(self._refuse_too, return_id))
            self.wait(0.0, 0.06, f"and goes on with {return_id}")
        if self.chance(0.2, f"refuses {return_id}"):
            self._refuse(return_id)
            return
        self.says(f"approves the return {_short(return_id)}")
        if not self.step("approveReturn", returnId=return_id):
            self._has_left(return_id, REQUESTED)

    def _refuse_too(self, return_id: str) -> None:
        self.wait(0.0, 0.04, f"the colleague reads {return_id}")
        self._refuse(return_id)

    def _refuse(self, return_id: str) -> None:
        self.says(f"refuses the return {_short(return_id)}")
        if not self.step("refuseReturn", returnId=return_id, reason="too late"):
            self._has_left(return_id, REQUESTED)

    def _has_left(self, return_id: str, status: str) -> None:
        """After the faults have ended, a move is refused only if the return has left the status."""
        if not self.world.is_calm:
            return
        shown = self.insist("getReturn", returnId=return_id)
        if shown is not None and shown["status"] == status:
            why = f"a move of the return {_short(return_id)}, which is {status}, was refused to {self.name}"
            self.book.report_broken("A1", str(shown["orderId"]), why)

    def _receive(self, listed: Mapping[str, Any]) -> None:
        return_id, order_id = str(listed["returnId"]), str(listed["orderId"])
        lines = [line for each in listed["lines"] for line in self._came_back(return_id, each)]
        self.book.goods_received.setdefault(return_id, []).append(_units(lines))
        if self.chance(0.15, f"mistypes {return_id}"):
            first = listed["lines"][0]
            units = -1 if self.chance(0.5, f"types a minus for {return_id}") else first["quantity"] + 1
            wrong = {"productId": first["productId"], "quantity": units, "condition": "RESTOCK"}
            if self.attempt(lambda: self.ask("receiveReturn", input={"returnId": return_id, "lines": [wrong]})) == DONE:
                self.book.report_broken("R1", order_id, f"{units} units of {first['quantity']} were received")
        if self.chance(0.25, f"the provider declines {return_id}"):
            self._declined(order_id)
        if self.chance(0.3, f"pays goodwill beside {return_id}"):
            self.world.background(f"{self.name} goodwill {return_id}", partial(self._goodwill, return_id, order_id))
        if self.chance(0.25, f"both receive {return_id}"):
            self.world.background(f"{self.name} second {return_id}", partial(self._take_in, return_id, lines))
        self.says(f"receives the goods of {_short(return_id)}: {_in_words(lines)}")
        outcome = self._take_in(return_id, lines)
        if outcome not in (DONE, NO_ANSWER):
            self._has_left(return_id, APPROVED)
        is_repeated = outcome == DONE and self.chance(0.2, f"receives {return_id} again")
        if is_repeated and self._take_in(return_id, lines) == DONE:
            self.book.report_broken("M6", order_id, "the goods of one return were received twice")

    def _take_in(self, return_id: str, lines: list[dict[str, Any]]) -> str:
        asked = self._asked["receiveReturn"]
        outcome = self.attempt(lambda: self.insist("receiveReturn", input={"returnId": return_id, "lines": lines}))
        # A repeat after a lost answer is refused: what was asked first may have been done.
        return NO_ANSWER if self._asked["receiveReturn"] > asked + 1 else outcome

    def _came_back(self, return_id: str, line: Mapping[str, Any]) -> list[dict[str, Any]]:
        product_id, most = str(line["productId"]), int(line["quantity"])
        what = f"{return_id} {product_id}"
        back = most if self.chance(0.7, f"all of {what}") else self.number(0, most, f"units of {what}")
        scrap = self.number(0, back, f"broken of {what}") if self.chance(0.25, f"some broken of {what}") else 0
        parts = (("RESTOCK", back - scrap), ("SCRAP", scrap))
        return [{"productId": product_id, "quantity": n, "condition": how} for how, n in parts if n]

    def _goodwill(self, return_id: str, order_id: str) -> None:
        total = int(self.book.accepted[order_id].order["total"]) if order_id in self.book.accepted else 0
        self.wait(0.0, 0.6, f"goodwill beside {return_id}")
        amount, token = (
            self.number(1, 1 + total, f"goodwill of {return_id}"),
            f"beside-{order_id[:8]}-{return_id[-10:-9]}",
        )
        self.says(f"refunds {amount} of {order_id[:8]} as goodwill")
        self.book.refunds[self.name, token] = (order_id, amount, "")
        asked = {"orderId": order_id, "amount": amount, "reason": "goodwill", "clientToken": token}

        def refund() -> None:
            answer = self.insist("refundOrder", input=asked)
            self.book.refunds[self.name, token] = (order_id, amount, answer["status"])
            self.book.refund_ids[self.name, token] = answer["refundId"]

        self.attempt(refund)

    def _declined(self, order_id: str) -> None:
        accepted = self.book.accepted.get(order_id)
        if accepted is None:
            return
        self.book.refunds_declined.add(order_id)
        self.says(f"hears that the provider declines refunds of {order_id[:8]}")
        self.attempt(lambda: decline(self, accepted.payment_token, "refund"))


def _units(lines: list[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    units: dict[str, tuple[int, int]] = {}
    for line in lines:
        received, restocked = units.get(line["productId"], (0, 0))
        more = int(line["quantity"])
        units[line["productId"]] = received + more, restocked + (more if line["condition"] == "RESTOCK" else 0)
    return units


def _short(return_id: str) -> str:
    return return_id.partition("_")[2]


def _in_words(lines: list[dict[str, Any]]) -> str:
    return ", ".join(f"{line['quantity']} {line['productId']} to {line['condition']}" for line in lines) or "nothing"

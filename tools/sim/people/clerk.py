"""Clerks: they decide returns and receive goods: two clerks the same return at once, at the last moment, or not at all; they mistype, repeat
themselves, and pay goodwill beside the return."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tools.sim.people.declines import decline
from tools.sim.people.return_deadlines import last_moment
from tools.sim.people.staff import DONE, NO_ANSWER, Staff

EVENING_ROUNDS = 7
APPROVED = "APPROVED"
FORGOTTEN, LATE = 0.12, 0.2


class Clerk(Staff):
    groups = ("admin",)
    is_evening = False

    def work_once(self) -> bool:
        listed = {each["returnId"]: each for each in self.pages("getOpenReturns", "returns")}
        mine = [own for own in self.takes_now(listed) if not self._is_forgotten(own, listed[own]["status"])]
        for own in mine:
            self._deal_with(listed[own])
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

    def _is_forgotten(self, own: str, status: str) -> bool:
        """All clerks draw the same decision, so no clerk handles this return, and it expires."""
        return self.world.decisions.happens(FORGOTTEN, f"{own} is forgotten while {status}")

    def _deal_with(self, listed: Mapping[str, Any]) -> None:
        own, status = str(listed["returnId"]), str(listed["status"])
        if not self.is_evening and self.chance(LATE, f"decides late {own} {status}"):
            # At the side, so that other work goes on.
            self.world.background(f"{self.name} late {own} {status}", partial(self._late, listed))
            return
        self._decide(listed)

    def _late(self, listed: Mapping[str, Any]) -> None:
        last_moment(self, listed)
        self._decide(listed)

    def _decide(self, listed: Mapping[str, Any]) -> None:
        own = str(listed["returnId"])
        if listed["status"] == APPROVED:
            self._receive(listed)
            return
        if self.chance(0.2, f"asks a colleague about {own}"):
            self.world.background(f"colleague of {self.name} {own}", partial(self._refuse_too, own))
            self.wait(0.0, 0.06, f"and goes on with {own}")
        if self.chance(0.2, f"refuses {own}"):
            self._refuse(own)
            return
        self.says(f"approves the return {_short(own)}")
        self.step("approveReturn", returnId=own)

    def _refuse_too(self, own: str) -> None:
        self.wait(0.0, 0.04, f"the colleague reads {own}")
        self._refuse(own)

    def _refuse(self, own: str) -> None:
        self.says(f"refuses the return {_short(own)}")
        self.step("refuseReturn", returnId=own, reason="too late")

    def _receive(self, listed: Mapping[str, Any]) -> None:
        own, order_id = str(listed["returnId"]), str(listed["orderId"])
        lines = [line for each in listed["lines"] for line in self._came_back(own, each)]
        self.book.goods_received.setdefault(own, []).append(_units(lines))
        if self.chance(0.15, f"mistypes {own}"):
            first = listed["lines"][0]
            wrong = {"productId": first["productId"], "quantity": first["quantity"] + 1, "condition": "RESTOCK"}
            if self.attempt(lambda: self.ask("receiveReturn", input={"returnId": own, "lines": [wrong]})) == DONE:
                self.book.report_broken("R1", order_id, "more units were received than were requested")
        if self.chance(0.25, f"the provider declines {own}"):
            self._declined(order_id)
        if self.chance(0.3, f"pays goodwill beside {own}"):
            self.world.background(f"{self.name} goodwill {own}", partial(self._goodwill, own, order_id))
        if self.chance(0.25, f"both receive {own}"):
            self.world.background(f"{self.name} second {own}", partial(self._take_in, own, lines))
        self.says(f"receives the goods of {_short(own)}: {_said(lines)}")
        is_repeated = self._take_in(own, lines) == DONE and self.chance(0.2, f"receives {own} again")
        if is_repeated and self._take_in(own, lines) == DONE:
            self.book.report_broken("M6", order_id, "the goods of one return were received twice")

    def _take_in(self, own: str, lines: list[dict[str, Any]]) -> str:
        asked = self._asked["receiveReturn"]
        outcome = self.attempt(lambda: self.insist("receiveReturn", input={"returnId": own, "lines": lines}))
        # A repeat after a lost answer is refused: what was asked first may have been done.
        return NO_ANSWER if self._asked["receiveReturn"] > asked + 1 else outcome

    def _came_back(self, own: str, line: Mapping[str, Any]) -> list[dict[str, Any]]:
        product_id, most = str(line["productId"]), int(line["quantity"])
        what = f"{own} {product_id}"
        back = most if self.chance(0.7, f"all of {what}") else self.number(0, most, f"units of {what}")
        scrap = self.number(0, back, f"broken of {what}") if self.chance(0.25, f"some broken of {what}") else 0
        parts = (("RESTOCK", back - scrap), ("SCRAP", scrap))
        return [{"productId": product_id, "quantity": n, "condition": how} for how, n in parts if n]

    def _goodwill(self, own: str, order_id: str) -> None:
        total = int(self.book.accepted[order_id].order["total"]) if order_id in self.book.accepted else 0
        self.wait(0.0, 0.6, f"goodwill beside {own}")
        amount, token = self.number(1, 1 + total, f"goodwill of {own}"), f"beside-{order_id[:8]}-{own[-10:-9]}"
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


def _short(own: str) -> str:
    return own.partition("_")[2]


def _said(lines: list[dict[str, Any]]) -> str:
    return ", ".join(f"{line['quantity']} {line['productId']} to {line['condition']}" for line in lines) or "nothing"

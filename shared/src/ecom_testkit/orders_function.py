"""A fake of *orders*, as services see it that invoke createOrder and read orders."""

from collections.abc import Callable, Mapping
from typing import Any

from ecom.errors import TryAgain
from ecom.order_ids import order_id_of


class OrdersInMemory:
    """One order for each owner and token, and each repeat gets it. `refusal` are the codes of the next refusals;
    `loses_answers`: so many answers are lost after the order was made; `before` runs before each call."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.refusal: list[str] = []
        self.loses_answers = 0
        self.before: Callable[[], None] = lambda: None

    def create(self, order: Mapping[str, Any], user_id: str) -> Mapping[str, Any]:
        before, self.before = self.before, lambda: None
        before()
        self.asked.append((user_id, order))
        order_id = order_id_of(user_id, order.get("clientToken") or order["paymentToken"])
        known = self.made.get(order_id)
        if known is None and self.refusal:
            return _refused(self.refusal)
        if known is not None and known["asked"] != order:
            return _refused(["IDEMPOTENCY_MISMATCH"])
        self.made[order_id] = {"asked": dict(order), "userId": user_id}
        if self.loses_answers:
            self.loses_answers -= 1
            raise TryAgain("createOrder did not answer")
        return {"success": True, "order": self.order(order_id), "problems": None}

    def find(self, order_id: str) -> Mapping[str, Any] | None:
        return self.order(order_id)

    def order(self, order_id: str) -> Mapping[str, Any] | None:
        """The order with its payment token, None when it was not made."""
        if order_id not in self.made:
            return None
        made = self.made[order_id]
        asked = made["asked"]
        view = {"orderId": order_id, "userId": made["userId"], "status": "NEW", "total": 100, "currency": "EUR"}
        return {**view, "products": asked["products"], "paymentToken": asked["paymentToken"]}


def _refused(codes: list[str]) -> Mapping[str, Any]:
    problems = [{"code": code, "message": code.lower(), "productId": None, "expected": 1, "given": 2} for code in codes]
    return {"success": False, "order": None, "problems": problems}

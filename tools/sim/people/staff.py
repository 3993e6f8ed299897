"""Staff: packers and deliverers, who work through their lists, repeat themselves, and go home when all is done."""

from collections.abc import Callable
from typing import Any

from tools.sim.graphql import GraphQLError
from tools.sim.people.person import GaveUp, Person

IDLE_ROUNDS = 3


class _Staff(Person):
    """Looks at a list from time to time and takes what is on it."""

    shortest, longest = 15.0, 60.0

    def live(self) -> None:
        idle = 0
        while not (self.book.closing and idle >= IDLE_ROUNDS):
            worked = self.work_once()
            idle = 0 if worked else idle + 1
            self.wait(self.shortest, self.longest * min(idle + 1, 6), f"round {self._asked.total()}")

    def work_once(self) -> bool:
        """Deal with the list. Whether there was anything on it."""
        raise NotImplementedError

    def finish(self) -> bool:
        return any([self.work_once() for _ in range(2)])

    def step(self, field: str, **arguments: Any) -> bool:
        """A step, sometimes repeated. False when it is refused or stays unknown."""
        done = self._try(lambda: self.insist(field, **arguments))
        if self.chance(0.1, f"repeats {field} {arguments}"):
            self._try(lambda: self.insist(field, **arguments))
        return done

    def _try(self, act: Callable[[], Any]) -> bool:
        try:
            act()
        except (GraphQLError, GaveUp) as error:
            self.world.note(f"{self.name}: {error}")
            return False
        return True


class Packer(_Staff):
    """Packs orders: whole ones, some with fewer units, some with nothing at all."""

    groups = ("warehouse",)

    def work_once(self) -> bool:
        listed = self.pages("getNewPackagingRequestIds", "packagingRequestIds")
        mine = [order_id for order_id in [*sorted(self.book.packing), *listed] if self.chance(0.7, f"takes {order_id}")]
        for order_id in dict.fromkeys(mine):
            self.pack(order_id)
        return bool(mine)

    def pack(self, order_id: str) -> None:
        asked = {"orderId": order_id}
        if not self.step("startPackaging", input=asked) and order_id not in self.book.packing:
            return
        self.book.packing.add(order_id)
        try:
            request = self.insist("getPackagingRequest", input=asked)
        except (GraphQLError, GaveUp):
            return
        if request is None or request["status"] != "IN_PROGRESS":
            self.book.packing.discard(order_id)
            return
        self.wait(1.0, 20.0, f"packs {order_id}")
        is_empty = self.chance(0.04, f"finds nothing for {order_id}")
        for line in request["products"]:
            what = f"{order_id} {line['productId']}"
            if is_empty or self.chance(0.08, f"finds fewer {what}"):
                units = 0 if is_empty else self.number(0, line["quantity"], f"units {what}")
                self.step(
                    "updatePackagingProduct",
                    input={"orderId": order_id, "productId": line["productId"], "quantity": units},
                )
        if self.step("completePackaging", input=asked):
            self.book.packing.discard(order_id)
            self.says(f"packs {order_id[:8]}")


class Deliverer(_Staff):
    """Brings packages; some come back."""

    groups = ("delivery",)

    def work_once(self) -> bool:
        listed = [each["orderId"] for each in self.pages("getNewDeliveries", "deliveries")]
        mine = [order_id for order_id in dict.fromkeys(listed) if self.chance(0.8, f"takes {order_id}")]
        for order_id in mine:
            if self.step("startDelivery", input={"orderId": order_id}):
                self.book.delivering.add(order_id)
        under_way = sorted(self.book.delivering)
        for order_id in under_way:
            self.wait(1.0, 60.0, f"brings {order_id}")
            self.bring(order_id)
        return bool(mine or under_way)

    def bring(self, order_id: str) -> None:
        if order_id not in self.book.delivering:
            return
        field = "failDelivery" if self.chance(0.08, f"fails {order_id}") else "completeDelivery"
        if self.step(field, input={"orderId": order_id}):
            self.says(f"{'fails' if field == 'failDelivery' else 'brings'} {order_id[:8]}")
        self.book.delivering.discard(order_id)

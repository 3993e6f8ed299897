"""Staff: packers and deliverers, who work through their lists, repeat themselves, and go home when all is done."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.person import GaveUp, Person

IDLE_ROUNDS, LATE_ROUNDS = 3, 5
LOOKS = 4
DONE, NO_ANSWER = "done", "unknown"
# The parts of an address that a delivery and its order both have.
OF_ADDRESS = ("name", "streetAddress", "city", "country")


class Staff(Person):
    """Looks at a list from time to time and takes what is on it."""

    shortest, longest = 30.0, 180.0
    rounds = 0
    takes = 0.7
    not_theirs: tuple[str, ...] = ()
    """What they may not do with the order of a shopper."""

    def live(self) -> None:
        idle = 0
        self.rounds = 0
        while not (self.book.closing and idle >= IDLE_ROUNDS):
            worked = self.work_once()
            idle = 0 if worked else idle + 1
            self.wait(self.shortest, self.longest * min(idle + 1, 3), f"round {self._asked.total()}")

    def work_once(self) -> bool:
        """Deal with the list. Whether there was anything on it."""
        raise NotImplementedError

    def finish(self) -> bool:
        if not self.name.endswith("-1"):
            return False  # one of each kind stays
        self.takes, worked = 1.0, False
        for _ in range(LATE_ROUNDS):
            if not self.work_once():
                break
            worked = True
        return worked

    def ask_for_what_is_not_theirs(self, order_id: str) -> None:
        for field in self.not_theirs:
            try:
                answer = self.ask(field, orderId=order_id)
            except (NoAnswer, GraphQLError):
                continue
            if answer:
                self.book.report_broken("U1", order_id, f"{field} of a shopper's order was answered to {self.name}")

    def takes_now(self, order_ids: Iterable[str]) -> list[str]:
        """The listed orders that this person takes in this round; colleagues take the others."""
        self.rounds += 1
        return [
            order_id
            for order_id in dict.fromkeys(order_ids)
            if self.chance(self.takes, f"takes {order_id} in {self.rounds}")
        ]

    def step(self, field: str, **arguments: Any) -> bool:
        """A step, sometimes repeated. False when it is refused or stays unknown."""
        outcome = self.attempt(lambda: self.insist(field, **arguments))
        if self.chance(0.1, f"repeats {field} {arguments}"):
            self.attempt(lambda: self.insist(field, **arguments))
        return outcome == DONE

    def attempt(self, act: Callable[[], Any]) -> str:
        """DONE, the type of the error, or NO_ANSWER."""
        try:
            act()
        except GraphQLError as error:
            self.world.note(f"{self.name}: {error}")
            return error.type
        except (GaveUp, NoAnswer) as error:
            self.world.note(f"{self.name}: {error}")
            return NO_ANSWER
        return DONE


class Packer(Staff):
    """Packs orders: whole ones, some with fewer units, some with nothing at all."""

    groups = ("warehouse",)
    not_theirs = ("getOrder",)

    def work_once(self) -> bool:
        listed = self.pages("getNewPackagingRequestIds", "packagingRequestIds")
        mine = self.takes_now([*sorted(self.book.packing), *listed])
        if listed and self.chance(0.1, f"is curious in {self.rounds}"):
            self.ask_for_what_is_not_theirs(listed[0])
        for order_id in mine:
            self.pack(order_id)
        return bool(mine)

    def pack(self, order_id: str) -> None:
        asked = {"orderId": order_id}
        self.book.packing.add(order_id)  # before the answer, which may be lost
        outcome = self.attempt(lambda: self.insist("startPackaging", input=asked))
        # A repeat after a lost answer is refused too: the request tells whether there is something to pack.
        if outcome not in (DONE, NO_ANSWER, "ILLEGAL_MOVE"):
            self.book.packing.discard(order_id)
            return
        try:
            request = self.insist("getPackagingRequest", input=asked)
        except (GraphQLError, GaveUp):
            return
        if request is None or request["status"] != "IN_PROGRESS":
            self.book.packing.discard(order_id)
            return
        if self.world.is_calm and self.chance(0.3, f"looks for {order_id}"):
            self._look_for_started(order_id)
        self.wait(1.0, 20.0, f"packs {order_id}")
        is_empty = self.chance(0.04, f"finds nothing for {order_id}")
        for line in request["products"]:
            what = f"{order_id} {line['productId']}"
            if self.chance(0.05, f"mistypes {what}"):
                self._mistype(order_id, line)
            if is_empty or self.chance(0.15, f"finds fewer {what}"):
                units = 0 if is_empty else self.number(0, line["quantity"], f"units {what}")
                if units == 0:
                    self.book.not_found.setdefault(order_id, set()).add(line["productId"])
                self.says(f"finds {units} instead of {line['quantity']} {line['productId']} for {order_id[:8]}")
                self.step(
                    "updatePackagingProduct",
                    input={"orderId": order_id, "productId": line["productId"], "quantity": units},
                )
        if self.step("completePackaging", input=asked):
            self.book.packing.discard(order_id)
            self.says(f"packs {order_id[:8]}")

    def _look_for_started(self, order_id: str) -> None:
        """What a packer started is in the list, until it is completed."""
        for look in range(LOOKS):  # an index may lag behind for some seconds
            if order_id in self.pages("getStartedPackagingRequestIds", "packagingRequestIds"):
                return
            self.wait(2.0, 10.0, f"looks for {order_id} again {look}")
        request = self.insist("getPackagingRequest", input={"orderId": order_id})
        if request is not None and request["status"] == "IN_PROGRESS":
            self.book.report_broken("O2", order_id, "its packaging was started, and is in no list of started ones")

    def _mistype(self, order_id: str, line: Mapping[str, Any]) -> None:
        """Put more units in the package than were ordered, or less than none: it must be refused."""
        units = -1 if self.chance(0.5, f"types a minus for {order_id}") else line["quantity"] + 1
        asked = {"orderId": order_id, "productId": line["productId"], "quantity": units}
        if self.attempt(lambda: self.ask("updatePackagingProduct", input=asked)) == DONE:
            self.book.report_broken("K1", order_id, f"{asked['quantity']} units packed of {line['quantity']} ordered")


class Deliverer(Staff):
    """Brings packages; some come back."""

    groups = ("delivery",)
    not_theirs = ("getOrder", "getReturns", "cancelOrder")

    def work_once(self) -> bool:
        listed = {each["orderId"]: each for each in self.pages("getNewDeliveries", "deliveries")}
        for order_id, delivery in listed.items():
            self._check_address(order_id, delivery["address"])
        mine = self.takes_now(listed)
        if listed and self.chance(0.2, f"is curious in {self.rounds}"):
            self.ask_for_what_is_not_theirs(next(iter(listed)))
        for order_id in mine:
            self._start(order_id)
            # Whatever the answer was, since it may be lost. Not earlier: a colleague who completes a delivery before
            # its start is refused, and removes the order from `delivering`.
            self.book.delivering.add(order_id)
        under_way = sorted(self.book.delivering)
        for order_id in under_way:
            self.wait(1.0, 60.0, f"brings {order_id}")
            self.bring(order_id)
        return bool(mine or under_way)

    def _check_address(self, order_id: str, address: Mapping[str, Any] | None) -> None:
        """A partner is not shown the address of its order, so it cannot be compared."""
        accepted = self.book.accepted.get(order_id)
        ordered = accepted.order.get("address") if accepted is not None else None
        if not address or (ordered and any(address[name] != ordered[name] for name in OF_ADDRESS)):
            self.book.report_broken("A1", order_id, f"the list of deliveries has the address {address}, not {ordered}")

    def _start(self, order_id: str) -> None:
        """Start the delivery, with a shipment or without one."""
        shipment = {}
        if self.chance(0.5, f"names the shipment of {order_id}"):
            shipment = {"carrier": f"Carrier of {self.name}", "trackingNumber": f"{self.name}-{order_id[:8]}"}
        if self.chance(0.1, f"mistypes the number of {order_id}"):
            self._name_the_number_of_another(order_id)
        if self.step("startDelivery", input={"orderId": order_id, **shipment}) and shipment:
            self.book.shipments[order_id] = shipment

    def _name_the_number_of_another(self, order_id: str) -> None:
        """The platform makes tracking numbers of the ids of orders. That of another order must be refused."""
        other = next((each for each in self.book.accepted if each != order_id), None)
        if other is None:
            return
        wrong = {"orderId": order_id, "carrier": "Carrier", "trackingNumber": other}
        if self.attempt(lambda: self.ask("startDelivery", input=wrong)) == DONE:
            self.book.report_broken("A1", order_id, f"its delivery started with the number of the order {other[:8]}")

    def bring(self, order_id: str) -> None:
        if order_id not in self.book.delivering:
            return
        field = "failDelivery" if self.chance(0.08, f"fails {order_id}") else "completeDelivery"
        self._note(field, order_id)
        outcome = self.attempt(lambda: self.insist(field, input={"orderId": order_id}))
        if outcome in (DONE, "ILLEGAL_MOVE", "NOT_FOUND"):
            self.book.delivering.discard(order_id)
        if outcome == DONE:
            if field == "completeDelivery" and order_id not in self.book.delivered:  # a colleague may have brought it
                self.book.delivered.append(order_id)
            self.says(f"{'fails' if field == 'failDelivery' else 'brings'} {order_id[:8]}")
            if self.chance(0.1, f"repeats {field} {order_id}"):
                self.attempt(lambda: self.insist(field, input={"orderId": order_id}))
            if self.chance(0.1, f"mixes up {order_id}"):  # it must be refused
                other = "completeDelivery" if field == "failDelivery" else "failDelivery"
                self.attempt(lambda: self.insist(other, input={"orderId": order_id}))

    def _note(self, field: str, order_id: str) -> None:
        """Before the request, since its answer may be lost."""
        (self.book.asked_to_fail if field == "failDelivery" else self.book.asked_to_deliver).add(order_id)

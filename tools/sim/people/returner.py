"""Shoppers at home: they send goods of delivered orders back, by GraphQL, by REST, or by both at the same moment. They
repeat themselves, cancel, and try what belongs to others."""

from collections.abc import Mapping
from typing import Any

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.book import Accepted
from tools.sim.people.partner import PARTNER_PREFIX
from tools.sim.people.person import GaveUp, Person
from tools.sim.people.return_deadlines import last_moment
from tools.sim.people.watchful import Watchful

IDLE_ROUNDS = 3
RETURNS = "/returns"
LOOKS = 5
OPEN = ("REQUESTED", "APPROVED")
ILLEGAL = "ILLEGAL_MOVE"


class Owner(Watchful):
    """The shopper of one order, who sends goods of it back. `suffix` keeps two of them apart in the trace."""

    def __init__(self, person: Person, accepted: Accepted, suffix: str = "") -> None:
        super().__init__(
            person.world, person.book, f"{person.name} as {accepted.shopper} {accepted.order_id[:8]}{suffix}"
        )
        self.order_id, self.user_id = accepted.order_id, accepted.user_id
        self._identity = {"sub": self.user_id, "username": self.user_id, "groups": None}
        self._says = person.says  # in the name of the person that takes part in the run

    def live(self) -> None:
        try:
            self._send_back()
        except (GaveUp, GraphQLError) as error:
            self.world.note(f"{self.name}: {error}")

    def ask_too_early(self) -> None:
        """Ask while the order is not delivered. Nothing is checked here: R1 reports a return of such an order when it
        is written."""
        try:
            self.book.asked_early.add(self.order_id)
            lines = self._wanted(self.insist("getOrder", orderId=self.order_id))
            if lines:
                self._request(f"e-{self.order_id[:8]}", lines, by_rest=self.chance(0.5, "early by REST"))
        except (GaveUp, GraphQLError) as error:
            self.world.note(f"{self.name}: {error}")

    def _send_back(self) -> None:
        order = self.insist("getOrder", orderId=self.order_id)
        lines = self._wanted(order)
        if not lines:
            return
        token = f"a-{self.order_id[:8]}"
        # 1-2: GraphQL, with a rival; 3-4: REST, with a rival; 5-7: REST; 8-10: GraphQL.
        how = self.number(1, 10, "how")
        has_rival, by_rest = how <= 4, 3 <= how <= 7
        if has_rival:
            self._rival(lines)
        if self.chance(0.2, "clicks twice"):
            self._request_meanwhile("clicks again", token, lines, by_rest=by_rest)
        is_delivered = order["status"] == "FULFILLED" and self.order_id not in self.book.asked_early
        must_be_accepted = self.world.is_calm and is_delivered and not has_rival
        try:
            self._request(token, lines, by_rest=by_rest)
        except GraphQLError as error:
            if must_be_accepted and error.type == ILLEGAL:
                self._reports("R1", f"delivered units that no return holds cannot be returned: {error}")
            raise
        if self.chance(0.25, "repeats"):
            self._request(token, lines, by_rest=self.chance(0.5, "repeats by REST"))
        is_stored = self._look(token)
        if is_stored and self.chance(0.2, "asks for more with the same token"):
            self._ask_for_more(token, lines)
        if self.chance(0.2, "mistypes the lines"):
            self._mistype(lines)
        if self.chance(0.5, "tries others"):
            self._try_others()
        if self.chance(0.3, "cancels"):
            self._cancel(token)

    def _wanted(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Lines of the delivered goods: all of them, or some units."""
        units: dict[str, int] = {}
        for line in order["products"]:
            units[line["productId"]] = units.get(line["productId"], 0) + int(line["quantity"])
        wanted = []
        for product_id, number in sorted(units.items()):
            if number and self.chance(0.8, f"returns {product_id}"):
                some = (
                    number if self.chance(0.6, f"all {product_id}") else self.number(1, number, f"units {product_id}")
                )
                wanted.append({"productId": product_id, "quantity": some, "reason": f"{self.word}: too small"})
        return wanted

    def _rival(self, lines: list[dict[str, Any]]) -> None:
        """Ask for the same units once more, at the same moment, with another token and the other way."""
        self._says(f"asks twice at once to return goods of {self.order_id[:8]}")
        by_rest = self.chance(0.5, "the rival by REST")
        self._request_meanwhile("at once", f"b-{self.order_id[:8]}", lines, by_rest=by_rest)

    def _request_meanwhile(self, why: str, token: str, lines: list[dict[str, Any]], *, by_rest: bool) -> None:
        """Send a request in the background. It may be refused."""

        def ask() -> None:
            try:
                self._request(token, lines, by_rest=by_rest)
            except (GaveUp, GraphQLError) as error:
                self.world.note(f"{self.name}: {error}")

        self.world.background(f"{self.name} {why}", ask)

    def _request(self, token: str, lines: list[dict[str, Any]], *, by_rest: bool) -> None:
        """Raises GraphQLError when it is refused."""
        self._says(f"asks by {'REST' if by_rest else 'GraphQL'} to return goods of {self.order_id[:8]} ({token})")
        self.wait(0.0, 0.2, f"types {token}")
        if by_rest:
            body = {"orderId": self.order_id, "lines": lines}
            status, answer = self.insist_on("PUT", "returns", f"{RETURNS}/{token}", body, self.signed_in())
            if status != 202 or answer != {"returnId": f"{self.user_id}_{token}"}:
                self._reports("M6", f"PUT {RETURNS}/{token} was answered {status}: {answer}")
        else:
            self.insist("requestReturn", input={"orderId": self.order_id, "lines": lines, "clientToken": token})

    def _ask_for_more(self, token: str, lines: list[dict[str, Any]]) -> None:
        other = [{**lines[0], "quantity": lines[0]["quantity"] + 1}, *lines[1:]]
        try:
            answer = self.insist(
                "requestReturn", input={"orderId": self.order_id, "lines": other, "clientToken": token}
            )
        except (GraphQLError, GaveUp):
            return
        self._reports("R1", f"the token {token} with other content was answered {answer['status']}")

    def _mistype(self, lines: list[dict[str, Any]]) -> None:
        """A product twice, and a quantity below one: both are refused."""
        for what, wrong in (("twice", [*lines, lines[0]]), ("minus", [{**lines[0], "quantity": -1}])):
            asked = {"orderId": self.order_id, "lines": wrong, "clientToken": f"{what}-{self.order_id[:8]}"}
            try:
                answer = self.insist("requestReturn", input=asked)
            except (GraphQLError, GaveUp):
                continue
            self._reports("R1", f"a return with the lines {wrong} was answered {answer['status']}")

    def _look(self, token: str) -> bool:
        """Whether the return is there."""
        return_id = f"{self.user_id}_{token}"
        for look in range(LOOKS):  # the first step of an execution takes a moment
            self.wait(1.0, 20.0, f"looks {look}")
            status, found = self.insist_on("GET", "returns", f"{RETURNS}/{token}", None, self.signed_in())
            if status == 200:
                break
            found = None
        shown = self.insist("getReturn", returnId=return_id)
        if found is None and shown is not None:
            status, found = self.insist_on("GET", "returns", f"{RETURNS}/{token}", None, self.signed_in())
            if status != 200:
                self._reports("A1", f"GraphQL shows the return {token}, and REST answers {status}")
                found = None
        listed = [each["returnId"] for each in self.insist("getReturns", orderId=self.order_id)]
        if found is not None and (shown is None or not shown["returnId"] == found["returnId"] == return_id):
            self._reports("M6", f"REST shows the return {token}, and GraphQL does not")
        if foreign := [each for each in listed if not each.startswith(self.user_id)]:
            self._reports("U1", f"returns of others are in the list: {foreign[0]}")
        return shown is not None

    def _cancel(self, token: str) -> None:
        """At once, later, or when the time for the decision or the goods is just over."""
        self.wait(0.0, 200.0, "thinks about the return")
        shown = self.insist("getReturn", returnId=f"{self.user_id}_{token}")
        if shown is not None and shown["status"] in OPEN and self.chance(0.5, "cancels at the last moment"):
            last_moment(self, shown)
        self._says(f"cancels the return {token}")
        try:
            self.insist("cancelReturn", returnId=f"{self.user_id}_{token}")
        except (GraphQLError, GaveUp) as error:
            self.world.note(f"{self.name}: {error}")
            shown = self.insist("getReturn", returnId=f"{self.user_id}_{token}")
            if isinstance(error, GraphQLError) and error.type == ILLEGAL and shown and shown["status"] in OPEN:
                self._reports("A1", f"the owner may not cancel a return that is {shown['status']}: {error}")
            return
        self.book.returns_cancelled.add(f"{self.user_id}_{token}")

    def _try_others(self) -> None:
        """What belongs to others is refused, and not shown."""
        others = [each for each in self.book.return_ids if not each.startswith(self.user_id)]
        if others:
            other = self.choose(others, "whose return")
            token = other.partition("_")[2]
            self._refused("getReturn", returnId=other)
            self._refused("cancelReturn", returnId=other)
            status, _ = self.insist_on("GET", "returns", f"{RETURNS}/{token}", None, self.signed_in())
            if status not in (200, 404):  # 200 is a return of one's own with the same token
                self._reports("U1", f"GET {RETURNS}/{token} was answered {status}")
        # An order can be delivered before its shopper has the answer to createOrder.
        known = [self.book.accepted[order_id] for order_id in self.book.delivered if order_id in self.book.accepted]
        foreign = [each.order_id for each in known if each.user_id != self.user_id]
        if foreign:
            order_id = self.choose(foreign, "whose order")
            self._refused("getReturns", orderId=order_id)
            line = {"productId": self.book.products[0], "quantity": 1}
            self._refused("requestReturn", input={"orderId": order_id, "lines": [line], "clientToken": "x"})

    def _refused(self, field: str, **arguments: Any) -> None:
        try:
            answer = self.ask(field, **arguments)
        except (NoAnswer, GraphQLError):
            return
        if answer:
            self._reports("U1", f"{field} of what belongs to another was answered")

    def _reports(self, promise: str, why: str) -> None:
        self.book.report_broken(promise, self.order_id, why)


class Returner(Person):
    """Looks at the orders that were delivered, and has some of their owners return goods."""

    def live(self) -> None:
        idle, rounds = 0, 0
        while not (self.book.closing and idle >= IDLE_ROUNDS):
            rounds += 1
            self.wait(10.0, 120.0, f"round {rounds}")
            idle = 0 if self._round(0.55) else idle + 1
            if self.chance(0.3, f"is too early {rounds}"):
                self._ask_too_early(rounds)

    def _ask_too_early(self, round_: int) -> None:
        """Ask to return goods of an order that nobody has delivered yet."""
        waiting = [
            each
            for order_id, each in sorted(self.book.accepted.items())
            if order_id not in self.book.delivered and not each.user_id.startswith(PARTNER_PREFIX)
        ]
        if waiting:
            owner = Owner(self, self.choose(waiting, f"whose order {round_}"), f" early {round_}")
            self.world.background(owner.name, owner.ask_too_early)

    def finish(self) -> bool:
        """Most orders are delivered late: some of their goods come back in the evening."""
        return self._round(0.3)

    def _round(self, share: float) -> bool:
        new = [order_id for order_id in self.book.delivered if order_id not in self.book.asked_about_return]
        owners = []
        for order_id in new:
            self.book.asked_about_return.add(order_id)
            accepted = self.book.accepted.get(order_id)
            if accepted is None or accepted.user_id.startswith(PARTNER_PREFIX):
                continue
            if self.world.decisions.happens(share, f"goods of {order_id} come back"):
                owner = Owner(self, accepted)
                self.book.return_ids += [
                    f"{owner.user_id}_{kind}-{order_id[:8]}" for kind in "ab"
                ]  # _send_back, _rival
                owners.append(owner)
        for owner in owners:
            self.world.background(owner.name, owner.live)
        return bool(owners)

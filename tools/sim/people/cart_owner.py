"""Owners of carts: they fill one before signing in and one after, in two browsers at once, and merge them, twice at
once. An owner knows which quantities a cart may hold, and looks in the evening."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from tools.sim.appsync import GraphQLError
from tools.sim.people.person import GaveUp, Person

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.people.surroundings import Surroundings

MOST_UNITS = 1000
# Units that are put in here only, so each of these changes is one.
RIVALS = (11, 12)
REFUSED, WRITTEN = "refused", "written"


class Browser(Person):
    """One browser of an owner, signed in or not."""

    def __init__(self, owner: Person, name: str, identity: Mapping[str, Any] | None, cart: "Wanted") -> None:
        super().__init__(owner.world, owner.book, f"{owner.name} {name}")
        self._identity = identity
        self.cart = cart
        self._says = owner.says
        self._where = name

    def put(self, product_id: str, units: int, version: int | None = None) -> str:
        """Set the units of a product. Whether it was written or refused, empty when that stays unknown."""
        seen = "" if version is None else f" of version {version}"
        self._says(f"puts {units} {product_id} into the cart{seen}, {self._where}")
        before = self.cart.units.get(product_id, {0})
        self.cart.units[product_id] = possible = before | {units}
        asked = self._asked["updateCart"]
        change = {"productId": product_id, "quantity": units, "cartId": self.cart.own, "expectedVersion": version}
        try:
            answer = self.insist("updateCart", input=change)
        except GaveUp:
            return ""
        except GraphQLError:
            if self._asked["updateCart"] > asked + 1:  # an attempt without an answer may have been at work
                return ""
            if self.cart.units[product_id] is possible:
                self.cart.units[product_id] = before
            return REFUSED
        # What the browser set meanwhile, in another window, is possible too.
        meanwhile = self.cart.units[product_id]
        self.cart.units[product_id] = {units} if meanwhile is possible else meanwhile | {units}
        self.cart.own = self.cart.own or answer["cartId"]
        return WRITTEN

    def look(self) -> Any:
        return self.insist("getCart", cartId=self.cart.own)


class Wanted:
    """A cart as its owner knows it: its id before signing in, and the quantities that are possible."""

    def __init__(self) -> None:
        self.own: str | None = None
        self.units: dict[str, set[int]] = {}
        self.merged: set[str] = set()

    def take(self, other: "Wanted") -> None:
        """The lines of the other cart were added to this one."""
        for product_id, units in other.units.items():
            mine = self.units.get(product_id, {0})
            self.units[product_id] = {min(MOST_UNITS, one + more) for one in mine for more in units}
            self.merged.add(product_id)


class CartOwner(Person):
    is_shopper = True

    def __init__(self, world: "Surroundings", book: "Book", name: str) -> None:
        super().__init__(world, book, name)
        self.before, self.after = Wanted(), Wanted()
        self._visiting = [Browser(self, f"visiting in {place}", None, self.before) for place in "AB"]
        self._signed_in = [Browser(self, f"signed in in {place}", self._identity, self.after) for place in "AB"]
        self._rounds = 0
        self._merge_was_tried = self._is_merged = False

    def live(self) -> None:
        try:
            self._shop()
        except (GaveUp, GraphQLError) as gave_up:
            self.says(f"gives up: {gave_up}")

    def _shop(self) -> None:
        if self.chance(0.85, "shops before signing in"):
            self._visiting[0].put(self.book.products[0], self.number(1, 5, "first units"))
            if self.before.own is not None:
                self.says(f"has the cart {self.before.own[:8]}")
                self._fill(self._visiting)
        if self.before.own is not None and self.chance(0.15, "does not sign in"):
            return
        self.says(f"signs in as {self.user_id[:8]}")
        if self.chance(0.8, "fills a cart of their own"):
            self._fill(self._signed_in)
        if self.before.own is not None:
            self._merge(self.before.own)

    def _fill(self, browsers: list[Browser]) -> None:
        """Both browsers change lines at the same time, each those of other products."""
        self.says("changes a cart in two browsers")
        self._at_once(*(partial(self._change, browser, place) for place, browser in enumerate(browsers)))
        if self.chance(0.2, f"types a minus {browsers[0].name}"):
            self._type_a_minus(browsers[0])
        if self.chance(0.4, f"compares {browsers[0].name}"):
            self._race_for_a_version(browsers)

    def _type_a_minus(self, browser: Browser) -> None:
        """It must be refused."""
        change = {"productId": self.book.products[0], "quantity": -1, "cartId": browser.cart.own}
        try:
            browser.insist("updateCart", input=change)
        except (GraphQLError, GaveUp):
            return
        self._reports("C1", "a quantity of -1 was accepted")

    def _change(self, browser: Browser, place: int) -> None:
        products = self.book.products[place:-1:2]
        for change in range(self.number(1, 4, f"changes {browser.name}")):
            browser.put(
                self.choose(products, f"product {browser.name} {change}"),
                self.number(0, 5, f"units {browser.name} {change}"),
            )
            longest = 0.1 if self.chance(0.7, f"hurries {browser.name} {change}") else 30.0
            self.wait(0.0, longest, f"next {browser.name} {change}")

    def _race_for_a_version(self, browsers: list[Browser]) -> None:
        """Both browsers change one line of the version that they see: one of them at most may succeed."""
        seen = browsers[0].look()
        if seen is None:
            return
        product_id, before = self.book.products[0], set(browsers[0].cart.units.get(self.book.products[0], {0}))
        ends = ["", ""]

        def change(place: int) -> None:
            ends[place] = browsers[place].put(product_id, RIVALS[place], seen["version"])

        self._at_once(partial(change, 0), partial(change, 1))
        if ends == [WRITTEN, WRITTEN]:
            self._reports("C1", f"version {seen['version']} of a cart was changed twice")
        possible = {units for units, end in zip(RIVALS, ends, strict=True) if end != REFUSED}
        browsers[0].cart.units[product_id] = possible if WRITTEN in ends else before | possible

    def _merge(self, cart_id: str) -> None:
        """Merge in both browsers, while a line of either cart changes."""
        self.says(f"takes the cart {cart_id[:8]} along, twice at once")
        self._merge_was_tried = True
        works: list[Callable[[], object]] = [partial(self._merge_once, browser, cart_id) for browser in self._signed_in]
        if self.chance(0.5, "changes the cart meanwhile"):  # a product that the other cart does not have
            units = self.number(1, 5, "units meanwhile")
            works.append(partial(self._signed_in[0].put, self.book.products[-1], units))
        if self.chance(0.7, "changes the other cart meanwhile"):
            works.append(self._change_the_other)
        self._at_once(*works)
        if self._is_merged:
            self.after.take(self.before)
            if self.chance(0.3, "merges again later"):
                self.wait(1.0, 300.0, "merges later")
                self._merge_once(self._signed_in[0], cart_id)

    def _change_the_other(self) -> None:
        product_id = self.choose(self.book.products[:-1], "product in the other")
        for change in range(self.number(1, 3, "changes of the other")):
            self.wait(0.0, 0.06, f"changes the other {change}")
            self._visiting[0].put(product_id, 6 + change)

    def _merge_once(self, browser: Browser, cart_id: str) -> None:
        try:
            browser.insist("mergeCart", cartId=cart_id)
        except GaveUp:
            return
        self._is_merged = True

    def _at_once(self, *works: Callable[[], object]) -> None:
        self._rounds += 1
        under_way = set(range(len(works)))

        def do(number: int, work: Callable[[], object]) -> None:
            try:
                work()
            finally:
                under_way.discard(number)

        for number, work in enumerate(works):
            self.world.background(f"{self.name} at once {self._rounds} {number}", partial(do, number, work))
        waits = 0
        while under_way:
            waits += 1
            self.wait(0.1, 1.0, f"waits {self._rounds} {waits}")

    def finish(self) -> bool:
        """Look at the carts when nothing fails any more."""
        mine = self._signed_in[0].look()
        if self._is_merged or self.before.own is None:
            self._compare(self.after, mine)
        if self.before.own is not None:
            other = self._visiting[0].look()
            if not self._merge_was_tried:
                self._compare(self.before, other or {"lines": ()})
            if self._is_merged and other is not None:
                self._reports("C2", f"the cart {self.before.own[:8]} was merged, and is still there")
        for cart_id in (mine["cartId"], f"user#{self.user_id}"):
            if self._visiting[1].insist("getCart", cartId=cart_id) is not None:
                self._reports("U1", f"the id {cart_id} opens a shopper's cart for others")
        return False

    def _compare(self, wanted: Wanted, cart: Any) -> None:
        there = {line["productId"]: line["quantity"] for line in cart["lines"]}
        for product_id in sorted({*there, *wanted.units}):
            units, possible = there.get(product_id, 0), wanted.units.get(product_id, {0})
            if units not in possible:
                expected = " or ".join(map(str, sorted(possible)))
                promise = "C2" if product_id in wanted.merged else "C1"
                self._reports(promise, f"the cart has {units} of {product_id}, put in were {expected}")

    def _reports(self, promise: str, why: str) -> None:
        self.book.report_broken(promise, self.user_id, why)

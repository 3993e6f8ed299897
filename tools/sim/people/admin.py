"""The admin: fills the shop, then changes prices, takes products away, and brings new stock."""

from typing import Any

from tools.sim.appsync import GraphQLError
from tools.sim.people.book import Price
from tools.sim.people.person import GaveUp, Person

PRODUCTS, SCARCE = 6, 2
CATEGORIES = ("tools", "toys")
# Of a light product a box is full when its volume is used up, of a heavy one by weight.
LIGHT = {"width": 200, "length": 250, "height": 300, "weight": 900}
HEAVY = {**LIGHT, "weight": 4100}


class Admin(Person):
    groups = ("admin",)
    _to_count = ""
    """A product that is counted for the first time in the day."""

    def open_shop(self, orders: int) -> None:
        """Create products and their stock. The first two are scarce, the last has no stock
        record, and the last but one gets it later in some runs."""
        for number in range(PRODUCTS):
            product_id = f"{self.book.prefix}{number}"
            self.book.products.append(product_id)
            self._put("createProduct", product_id, 100 * self.number(1, 60, f"price of {product_id}"))
            if number == PRODUCTS - 1:
                continue
            if number == PRODUCTS - 2 and self.chance(0.4, f"counts {product_id} later"):
                self._to_count = product_id
                continue
            units = (
                max(1, orders // (2 + number))
                if number < SCARCE
                else orders * self.number(2, 6, f"stock of {product_id}")
            )
            self.count(product_id, units)
            self.book.stock[product_id] = units

    def live(self) -> None:
        if self._to_count:
            self.world.background(f"{self.name} counts {self._to_count}", lambda: self._count_first(self._to_count))
        round_ = 0
        while not self.book.closing:
            round_ += 1
            self.wait(30.0, 240.0, f"round {round_}")
            try:
                self._change(round_)
            except (GraphQLError, GaveUp) as error:
                self.world.note(f"{self.name}: {error}")

    def _count_first(self, product_id: str) -> None:
        """The first count of a product, while it sells."""
        self.wait(20.0, 500.0, f"counts {product_id}")
        units = self.number(1, 60, f"first units of {product_id}")
        self.book.stock[product_id] = units
        self.book.counted_in_the_day.add(product_id)
        try:
            self.count(product_id, units)
        except (GraphQLError, GaveUp) as error:
            self.world.note(f"{self.name}: {error}")

    def _change(self, round_: int) -> None:
        product_id = self.choose(self.book.products, f"product {round_}")
        what = self.number(1, 10, f"what {round_}")
        if self.chance(0.1, f"types a minus {round_}"):
            self._refused("setStock", productId=self.book.products[-1], onHand=-3)
        if self.chance(0.1, f"types a minus price {round_}"):
            self._refused("createProduct", product={**self._product(product_id, -1), "productId": "below-zero"})
        if what <= 5:
            self._put("updateProduct", product_id, 100 * self.number(1, 60, f"price {round_}"))
            if self.chance(0.3, f"creates it once more {round_}"):
                self._refused("createProduct", product=self._product(product_id, 1))
        elif what <= 7:
            self.says(f"takes {product_id} away")
            self.insist("deleteProduct", productId=product_id)
            self.book.price_replaced(product_id, self.world.scheduler.now)
            if self.chance(0.3, f"changes what is gone {round_}"):
                self._refused("updateProduct", product=self._product(product_id, 1))
            self.wait(1.0, 240.0, f"away {round_}")
            self._put("createProduct", product_id, 100 * self.number(1, 60, f"price {round_}"))
        elif product_id in self.book.stock and product_id != self.book.products[0]:  # which stays scarce
            most = 3 if self.chance(0.5, f"counts few {round_}") else 400
            units = self.number(0, most, f"units {round_}")
            self.book.counted_in_the_day.add(product_id)
            self.count(product_id, units)

    def _refused(self, field: str, **arguments: Any) -> None:
        """Ask for what must be refused."""
        try:
            self.insist(field, **arguments)
        except GraphQLError:
            return
        self.book.report_broken("A1", "", f"{field} of {arguments} was answered to {self.name}")

    def count(self, product_id: str, units: int) -> None:
        # Before it is asked: the count can take effect before its answer comes. So it is with prices.
        self.book.counts.setdefault(product_id, set()).add(units)
        self.says(f"counts {units} units of {product_id}")
        self.insist("setStock", productId=product_id, onHand=units)

    def _put(self, field: str, product_id: str, price: int) -> Any:
        self.book.prices.setdefault(product_id, []).append(Price(price))
        what = "puts {} on sale for {}" if field == "createProduct" else "changes the price of {} to {}"
        self.says(what.format(product_id, price))
        answer = self.insist(field, product=self._product(product_id, price))
        self.book.price_replaced(product_id, self.world.scheduler.now, kept=1)
        return answer

    def _product(self, product_id: str, price: int) -> dict[str, Any]:
        return {
            "productId": product_id,
            "name": name_of(product_id),
            "package": package_of(product_id),
            "price": price,
            "category": CATEGORIES[self.book.products.index(product_id) % len(CATEGORIES)],
        }


def package_of(product_id: str) -> dict[str, int]:
    """Products with an odd number are heavy."""
    return HEAVY if product_id[-1] in "13579" else LIGHT


def name_of(product_id: str) -> str:
    return f"Product {product_id}"

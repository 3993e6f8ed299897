"""What shoppers and staff do, over the public interfaces. Each request is recorded with its duration and its code."""

import queue
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ecom_client.carts import Carts
from ecom_client.journey import ADDRESS, Client, Refused, Shopper, Staff, total_of
from ecom_client.made import new_id
from ecom_client.platform import Answer
from ecom_client.polling import poll
from ecom_client.returns import Returns

Record = Callable[[str, float, str], object]
"""Name of a request, milliseconds, and the code of its error, empty if there is none."""
_FIELD = re.compile(r"\{\s*(\w+)")
# How often a journey is gone on, in a hundred. Most visitors buy nothing.
SHARES = {"browse": 45, "abandon": 10, "buy": 30, "cancel": 8, "return": 7}
FOLLOW_SECONDS = 120
PRODUCT = "productId name price package { width length height weight }"


@dataclass
class Shop:
    """What all people share: products, and the orders and returns that staff have to handle."""

    products: Sequence[Mapping[str, Any]]
    orders: "queue.Queue[str]" = field(default_factory=queue.Queue)
    returns: "queue.Queue[tuple[str, str]]" = field(default_factory=queue.Queue)
    """Id of the return, and the product that comes back."""
    made: list[str] = field(default_factory=list)


class _Recorded(Client):
    """A client whose requests are recorded by the field that they ask for."""

    record: Record

    def ask(self, query: str, **variables: Any) -> Any:
        found = _FIELD.search(query)
        return self.timed(found[1] if found else "GraphQL", lambda: super(_Recorded, self).ask(query, **variables))

    def timed(self, name: str, act: Callable[[], Any]) -> Any:
        began, code = time.perf_counter(), ""
        try:
            return act()
        except Refused as error:
            code = str(error.types[0] if error.types else "refused")
            raise
        except Exception as error:  # a code of the report, for whatever ends the request
            code = type(error).__name__
            raise
        finally:
            self.record(name, (time.perf_counter() - began) * 1000, code)


@dataclass(frozen=True)
class LoadShopper(_Recorded, Shopper):
    record: Record
    shop: Shop
    dice: random.Random = field(default_factory=random.Random)

    def journey(self) -> str:
        """Choose a journey by its share and go on it. Returns its name."""
        (name,) = self.dice.choices(list(SHARES), list(SHARES.values()))
        acts: dict[str, Callable[[], object]] = {
            "browse": self.browse,
            "abandon": self.abandon,
            "buy": self.buy_and_follow,
            "cancel": self.order_and_cancel,
            "return": self.buy_and_return,
        }
        act = acts[name]
        self.timed(f"journey {name}", act)
        return name

    def browse(self) -> None:
        self.ask(f"{{ getProducts {{ products {{ {PRODUCT} }} nextToken }} }}")
        for product in self.dice.sample(list(self.shop.products), min(2, len(self.shop.products))):
            self.ask(f"query Q($id: ID!) {{ getProduct(productId: $id) {{ {PRODUCT} }} }}", id=product["productId"])

    def abandon(self) -> None:
        self.browse()
        carts, product = Carts(self), self.dice.choice(self.shop.products)
        carts.put(product["productId"], 1)
        carts.read()
        carts.put(product["productId"], 0)

    def buy_and_follow(self) -> tuple[str, str]:
        """From the cart to the captured payment. Returns the order and a product of it."""
        order_id, product_id = self.check_out()
        self.shop.orders.put(order_id)
        self.wait_for(order_id, FOLLOW_SECONDS, status="FULFILLED", paymentStatus="CAPTURED")
        return order_id, product_id

    def order_and_cancel(self) -> None:
        """Before staff package it: the order is not in their list."""
        order_id, _ = self.check_out()
        self.cancel(order_id)
        self.wait_for(order_id, FOLLOW_SECONDS, status="CANCELLED", paymentStatus="VOIDED")

    def buy_and_return(self) -> None:
        order_id, product_id = self.buy_and_follow()
        asked = Returns(self).request(order_id, [{"productId": product_id, "quantity": 1}], new_id())
        self.shop.returns.put((asked["returnId"], product_id))
        Returns(self).wait_for(asked["returnId"], "REFUNDED", FOLLOW_SECONDS)

    def check_out(self) -> tuple[str, str]:
        self.browse()
        carts = Carts(self)
        chosen = self.dice.sample(list(self.shop.products), min(self.dice.randint(1, 3), len(self.shop.products)))
        for product in chosen:
            carts.put(product["productId"], self.dice.randint(1, 2))
        lines = [
            {name: line[name] for name in ("productId", "name", "price", "quantity", "package")}
            for line in carts.read()["lines"]
        ]
        delivery = self.delivery_price(lines)
        token = self.timed("POST /preauth", lambda: self.hold(total_of(lines, delivery)))
        body = {"address": ADDRESS, "paymentToken": token}
        answer: Answer = self.timed("POST /checkout", lambda: accepted(carts.check_out(body)))
        order_id = str(answer.body["order"]["orderId"])
        self.shop.made.append(order_id)
        # The next journey needs an empty cart: what was ordered leaves it in reaction to OrderCreated.
        poll(lambda: carts.read()["lines"] == [], seconds=FOLLOW_SECONDS, what="an empty cart")
        return order_id, str(lines[0]["productId"])


def accepted(answer: Answer) -> Answer:
    if answer.status in (200, 201):
        return answer
    problems = answer.body.get("problems") if isinstance(answer.body, dict) else None
    code = problems[0]["code"] if problems else f"HTTP {answer.status}"
    raise Refused([{"errorType": code, "message": "POST /checkout"}])


@dataclass(frozen=True)
class LoadStaff(_Recorded, Staff):
    record: Record
    shop: Shop

    def work(self, seconds: float) -> bool:
        """Handle one return or one order, if one comes within so many seconds."""
        try:
            return_id, product_id = self.shop.returns.get_nowait()
        except queue.Empty:
            return self.pack_and_deliver(seconds)
        returns = Returns(self)
        returns.approve(return_id)
        returns.receive(return_id, [{"productId": product_id, "quantity": 1, "condition": "RESTOCK"}])
        return True

    def pack_and_deliver(self, seconds: float) -> bool:
        try:
            order_id = self.shop.orders.get(timeout=seconds)
        except queue.Empty:
            return False
        self.pack(order_id)
        self.deliver(order_id)
        return True

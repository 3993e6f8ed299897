"""What the services that do not run here ask of others and publish: *search* reads the catalogue and the levels of
stock, *pictures* and *users* announce what they have. With the roles of their functions, after the faults have ended.
"""

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tools.sim.appsync import GraphQLError
from tools.sim.mail import address_of
from tools.sim.people.person import GaveUp, Person
from tools.sim.people.reader import level_fits
from tools.sim.templates.arns import arn
from tools.sim.templates.blueprint import STACKS

if TYPE_CHECKING:
    from tools.sim.people.book import Book
    from tools.sim.world import World

NAME = "left-out-services"
# The function of each service whose role it has.
SEARCH, PICTURES, USERS = "search-on-product-event", "pictures-on-table-change", "users-on-new-user-message"
LOOKS = 6
UPLOADED = "2026-03-01T12:00:00.000Z"


class LeftOutServices(Person):
    groups = ("warehouse",)  # getStock is for staff

    def __init__(self, world: "World", book: "Book", name: str = NAME) -> None:
        super().__init__(world, book, name)
        # `self.world` has the type Surroundings, without blueprint, rights and bus.
        self._platform = world
        self._rounds = 0

    def finish(self) -> bool:
        """The catalogue gets pictures in the second round, since the reader compares it in the first."""
        self._rounds += 1
        try:
            if self._rounds == 1:
                self._add_user()
                self._read_catalogue()
                self._read_levels()
            elif self._rounds == 2:
                self._show_pictures()
        except (GaveUp, GraphQLError) as error:
            self._report("", f"an answer to {self.name} was {error}, while nothing fails")
        return self._rounds == 1

    # --- search ---

    def _read_catalogue(self) -> None:
        """By pages and by ids."""
        listed: list[Any] = []
        page = self._ask_as_search("GET", "products", "/backend/products")
        while page is not None:
            listed += page["products"]
            after = page.get("after")
            page = self._ask_as_search("GET", "products", f"/backend/products?after={quote(after)}") if after else None
        named = self._ask_as_search("GET", "products", f"/backend/products?ids={','.join(self.book.products)}")
        for how, found in (("page by page", listed), ("by ids", (named or {"products": ()})["products"])):
            for product_id in self.book.products:
                product = self.insist("getProduct", productId=product_id)
                expected = [] if product is None else [_sold_as(product)]
                shown = [_sold_as(each) for each in found if each["productId"] == product_id]
                if shown != expected:
                    self._report(product_id, f"GET /backend/products {how} shows {shown}, getProduct {expected}")

    def _read_levels(self) -> None:
        """Staff may change the stock meanwhile: then nothing is compared."""
        before = {product_id: self.insist("getStock", productId=product_id) for product_id in self.book.products}
        answer = self._ask_as_search("POST", "warehouse", "/backend/levels", {"productIds": self.book.products})
        levels = {each["productId"]: each["level"] for each in (answer or {"levels": ()})["levels"]}
        for product_id, stock in before.items():
            if self.insist("getStock", productId=product_id) != stock:
                continue
            available = None if stock is None else stock["available"]
            if product_id not in levels or not level_fits(levels[product_id], available):
                self._report(product_id, f"getStock shows {stock}, POST /backend/levels {levels.get(product_id)}")

    def _ask_as_search(self, method: str, service: str, path: str, body: Any = None) -> Any:
        """The answer; None after a refusal, which is reported."""
        status, answer = self.insist_on(method, service, path, body, role=self._role_of(SEARCH))
        if status == 200:
            return answer
        self._report("", f"{method} {service}{path} answered {status} to search")
        return None

    def _role_of(self, function: str) -> Any:
        return self._platform.blueprint.left_out_roles[f"{STACKS}-{function}"]

    # --- users and pictures ---

    def _add_user(self) -> None:
        """One who never orders: so no mail makes notifications store the address."""
        user_id = self.world.decisions.uuid("user who never orders")
        self._publish(USERS, "UserCreated", user_id, {"userId": user_id, "email": address_of(user_id)})

    def _show_pictures(self) -> None:
        """Two pictures of a product. One is deleted, and its event comes once more afterwards."""
        there = [each for each in self.book.products if self.insist("getProduct", productId=each) is not None]
        if not there:
            return
        product_id = self.choose(there, "whose pictures")
        kept, deleted = f"{product_id}-kept", f"{product_id}-deleted"
        self._announce("PictureReady", kept, product_id, urls=_urls_of(kept))
        self._expect_pictures(product_id, {kept})  # at the same moment, the two would conflict for a minute
        self._announce("PictureReady", deleted, product_id, urls=_urls_of(deleted))
        self._expect_pictures(product_id, {kept, deleted})
        self._announce("PictureDeleted", deleted, product_id)
        self._expect_pictures(product_id, {kept})
        self._announce("PictureReady", deleted, product_id, urls=_urls_of(deleted))
        self.wait(10.0, 20.0, "looks whether a deleted picture comes back")
        self._expect_pictures(product_id, {kept})

    def _announce(self, name: str, picture_id: str, product_id: str, **more: Any) -> None:
        detail = {"pictureId": picture_id, "productId": product_id, "uploadedDate": UPLOADED, **more}
        self._publish(PICTURES, name, picture_id, detail)

    def _expect_pictures(self, product_id: str, pictures: set[str]) -> None:
        shown: set[str] = set()
        for look in range(LOOKS):
            product = self.insist("getProduct", productId=product_id)
            shown = {url.split("/")[-2] for url in product.get("pictures") or ()}
            if shown == pictures:
                return
            self.wait(2.0, 10.0, f"looks for {sorted(pictures)} again {look}")
        self._report(product_id, f"getProduct shows the pictures {sorted(shown)}, *pictures* has {sorted(pictures)}")

    def _publish(self, function: str, name: str, about: str, detail: dict[str, Any]) -> None:
        platform, source = self._platform, f"ecommerce.{function.partition('-')[0]}"
        bus = platform.parameters["platform/event-bus/name"]
        bus_arn = arn("events", f"event-bus/{bus}")
        if not platform.rights.allows(self._role_of(function), "events:PutEvents", bus_arn, events_source=source):
            platform.note_denied(f"{function} may not publish {name}")
            return
        self._asked[name] += 1
        platform.bus.put(bus, source, name, json.dumps(detail), [about], f"{self.name}/{name} {self._asked[name]}")

    def _report(self, about: str, why: str) -> None:
        self.book.report_broken("A1", about, why)


def _urls_of(picture_id: str) -> list[str]:
    return [f"https://pictures.example/{picture_id}/{size}.jpg" for size in ("small", "medium", "large")]


def _sold_as(product: Any) -> tuple[Any, ...]:
    return product["productId"], product["name"], product["price"]

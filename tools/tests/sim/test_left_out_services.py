"""What search, pictures and users see of the services that run."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tools.sim.appsync import GraphQLError
from tools.sim.decisions import Decisions
from tools.sim.people.book import Book
from tools.sim.people.left_out_services import PICTURES, SEARCH, USERS, LeftOutServices
from tools.sim.templates.blueprint import STACKS

PRODUCT = {"productId": "p", "name": "Product p", "price": 300}
STOCK = {"available": 9, "reserved": 0}


class Services:
    """A platform with one product. `changed` has other answers, by what is asked for: `again` is whether each
    PictureReady shows its picture, `keeps` whether PictureDeleted leaves it there."""

    def __init__(self, **changed: Any) -> None:
        self.decisions = Decisions(1)
        self.scheduler = SimpleNamespace(now=0.0, sleep=lambda _: None)
        self.is_calm = True
        self.graphql = self.bus = self.rights = self
        self.parameters = {
            "products/api/url": "https://products",
            "warehouse/api/url": "https://warehouse",
            "platform/event-bus/name": "bus",
        }
        names = (SEARCH, PICTURES, USERS)
        self.blueprint = SimpleNamespace(left_out_roles={f"{STACKS}-{name}": name for name in names})
        self.changed, self.may_publish = changed, True
        self.pictures: dict[str, bool] = {}
        self.denied: list[str] = []
        self.put_events: list[str] = []
        self.roles: set[str] = set()

    def resolve(self, field: str, _arguments: Any, _identity: Any, _name: str) -> Any:
        if field == "getStock":
            return next(self.changed["stock"]) if "stock" in self.changed else STOCK
        if "gone" in self.changed:
            return None
        if "error" in self.changed:
            raise self.changed["error"]
        shown = [f"https://x/{picture}/medium.jpg" for picture, is_shown in self.pictures.items() if is_shown]
        return {**PRODUCT, "pictures": shown}

    def http_request(self, _method: str, url: str, **options: Any) -> Any:
        self.roles.add(options["role"])
        status, page = 200, {"products": [PRODUCT]}
        if "levels" in url:
            level = {"productId": "p", "level": "IN"}
            return SimpleNamespace(status=status, data=json.dumps({"levels": [self.changed.get("level", level)]}))
        if "ids=" in url:
            page = self.changed.get("named", page)
        elif "after=" in url:
            page = {"products": self.changed["second"]}
        else:
            status, page = self.changed.get("status", 200), self.changed.get("first", page)
        return SimpleNamespace(status=status, data=json.dumps(page))

    def allows(self, *_asked: Any, **_context: Any) -> bool:
        return self.may_publish

    def note_denied(self, what: str) -> None:
        self.denied.append(what)

    def put(self, _bus: str, _source: str, name: str, detail: str, *_: Any) -> None:
        self.put_events.append(name)
        picture = json.loads(detail).get("pictureId")
        if name == "PictureDeleted":
            self.pictures[picture] = self.changed.get("keeps", False)
        elif name == "PictureReady":
            self.pictures[picture] = self.changed.get("again", picture not in self.pictures)


def evenings(**changed: Any) -> tuple[Any, list[str]]:
    """The services after two evenings, and what was reported."""
    services, book = Services(**changed), Book(products=["p"])
    made = LeftOutServices(services, book)  # type: ignore[arg-type]  # as much of a world as it uses
    made.finish()
    made.finish()
    return services, [text for _, _, text in book.reported]


def test_answers_that_agree_break_nothing() -> None:
    services, reported = evenings()
    assert reported == []
    assert services.roles == {SEARCH}
    assert services.put_events == ["UserCreated", "PictureReady", "PictureReady", "PictureDeleted", "PictureReady"]
    _, in_two_pages = evenings(first={"products": [], "after": "x y"}, second=[PRODUCT])
    assert in_two_pages == []


def test_a_product_that_is_gone_is_not_listed() -> None:
    _, reported = evenings(gone=True, first={"products": []}, named={"products": []})
    assert reported == []
    _, reported = evenings(gone=True)
    assert any("page by page shows" in each for each in reported)


def test_levels_are_not_compared_while_staff_change_the_stock() -> None:
    sold_out = {"available": 0, "reserved": 9}
    _, reported = evenings(stock=iter([sold_out, STOCK]), level={"productId": "p", "level": "LOW"})
    assert reported == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"first": {"products": []}}, "page by page shows []"),
        ({"first": {"products": [], "after": "x"}, "second": []}, "page by page shows []"),
        ({"first": {"products": [PRODUCT, PRODUCT]}}, "page by page shows"),
        ({"named": {"products": [{**PRODUCT, "price": 1}]}}, "by ids shows"),
        ({"status": 403}, "answered 403 to search"),
        ({"error": GraphQLError("NOT_FOUND", "gone")}, "an answer to left-out-services was NOT_FOUND"),
        ({"level": {"productId": "p", "level": "OUT"}}, "POST /backend/levels OUT"),
        ({"level": {"productId": "another", "level": "IN"}}, "POST /backend/levels None"),
        ({"keeps": True}, "getProduct shows the pictures"),
        ({"again": True}, "getProduct shows the pictures"),
        ({"again": False}, "getProduct shows the pictures []"),
    ],
)
def test_a_wrong_answer_breaks_a1(changed: dict[str, Any], words: str) -> None:
    _, reported = evenings(**changed)
    assert any(words in each for each in reported), reported


def test_a_service_that_may_not_publish_is_denied() -> None:
    services = Services()
    services.may_publish = False
    made = LeftOutServices(services, Book(products=["p"]))  # type: ignore[arg-type]  # as much of a world as it uses
    made.finish()
    assert services.denied == [f"{USERS} may not publish UserCreated"]

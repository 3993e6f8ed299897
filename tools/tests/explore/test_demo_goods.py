"""The stock and the pictures of the demo's products: each once."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ecom_client.journey import Refused
from tools.explore import demo_goods

PRODUCTS = [
    {"productId": "demo-duck", "category": "bath", "stock": 0},
    {"productId": "demo-soap", "category": "bath", "stock": 25},
    {"productId": "demo-kettle", "category": "kitchen"},
]


class Admin:
    def __init__(self) -> None:
        self.counted: dict[str, int] = {}
        self.pictures: dict[str, list[str]] = {}
        self.refusals: list[str] = []
        """The error types of the next counts."""

    def stock(self, product_id: str) -> int | None:
        return self.counted.get(product_id)

    def set_stock(self, product_id: str, units: int) -> None:
        if self.refusals:
            raise Refused([{"errorType": self.refusals.pop(0)}])
        self.counted[product_id] = units


class Pictures:
    def __init__(self, admin: Admin) -> None:
        self._pictures = admin.pictures

    def of_product(self, product_id: str) -> list[str]:
        return self._pictures.get(product_id, [])

    def form(self, product_id: str, content_type: str, size: int) -> dict[str, Any]:
        assert (content_type, size > 1000) == ("image/png", True)
        self._pictures[product_id] = [f"picture of {product_id}"]
        return {"pictureId": self._pictures[product_id][0]}

    def decided(self, product_id: str, picture_id: str) -> None:
        assert picture_id in self._pictures[product_id]


@pytest.fixture
def furnish(monkeypatch: pytest.MonkeyPatch) -> Callable[[Admin], dict[str, int]]:
    monkeypatch.setattr(demo_goods, "catalogue", lambda: PRODUCTS)
    monkeypatch.setattr(demo_goods, "Pictures", Pictures)
    monkeypatch.setattr(demo_goods, "post", lambda _form, _content: SimpleNamespace(status=204))
    return lambda admin: demo_goods.insist(admin, lambda _: None)  # type: ignore[arg-type]  # what of it is used


def test_everything_is_made_once(furnish: Callable[[Admin], dict[str, int]]) -> None:
    admin = Admin()
    assert furnish(admin) == {"stock": 2, "pictures": 3}
    assert admin.counted == {"demo-duck": 0, "demo-soap": 25}
    assert furnish(admin) == {"stock": 0, "pictures": 0}


def test_what_was_changed_stays(furnish: Callable[[Admin], dict[str, int]]) -> None:
    admin = Admin()
    admin.counted["demo-duck"] = 7
    admin.pictures["demo-soap"] = ["another"]
    assert furnish(admin) == {"stock": 1, "pictures": 2}
    assert (admin.counted["demo-duck"], admin.pictures["demo-soap"]) == (7, ["another"])


def test_a_busy_machine_is_asked_again(furnish: Callable[[Admin], dict[str, int]]) -> None:
    admin = Admin()
    admin.refusals = ["TRY_AGAIN"] * (demo_goods.ATTEMPTS - 1)
    assert furnish(admin) == {"stock": 2, "pictures": 3}


@pytest.mark.parametrize("refusals", [["FORBIDDEN"], ["TRY_AGAIN"] * demo_goods.ATTEMPTS])
def test_another_refusal_ends_it(furnish: Callable[[Admin], dict[str, int]], refusals: list[str]) -> None:
    admin = Admin()
    admin.refusals = refusals
    with pytest.raises(Refused):
        furnish(admin)

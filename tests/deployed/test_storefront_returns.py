"""docs/storefront/returns.js in a real browser: a shopper asks for returns by GraphQL and by REST."""

import json
from pathlib import Path
from typing import Any

import pytest

from ecom_client.browser import Page, running_browser
from ecom_client.journey import Purchase, Shopper, Staff, lines, new_product
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.returns import Returns
from tests.deployed.test_storefront_page import browser, config, served
from tools.explore.storefront_config import StorefrontConfig

pytestmark = [pytest.mark.deployed, pytest.mark.not_in_pipelines("it needs a browser")]

__all__ = ["browser", "config"]

# The page has no part for returns: what a page would do is run in it.
OPEN = """(async () => {
  const [{ Shop }, { Returns }] = await Promise.all([import("./shop.js"), import("./returns.js")]);
  const config = await (await fetch("config.json")).json();
  const shop = new Shop(config);
  shop.token = TOKEN;
  window.returns = new Returns(shop, config);
  return true;
})()"""


@pytest.fixture
def order(platform_outside: Platform, shopper: Person, admin: Person) -> Purchase:
    """Three units of one product, delivered."""
    buyer, staff = Shopper(platform_outside, shopper), Staff(platform_outside, admin)
    made = buyer.buy(lines((new_product(platform_outside), 3)))
    staff.pack(made["orderId"])
    staff.deliver(made["orderId"])
    buyer.wait_for(made["orderId"], status="FULFILLED")
    return made


def call(page: Page, method: str, *arguments: Any) -> Any:
    """What a method of `returns` answers; its error as text."""
    given = ", ".join(map(json.dumps, arguments))
    return page.run(f"returns.{method}({given}).catch((error) => error.message)")


def test_returns_by_graphql_and_by_rest(
    platform_outside: Platform, shopper: Person, order: Purchase, browser: str, config: StorefrontConfig, tmp_path: Path
) -> None:
    order_id, product_id = order["orderId"], order["products"][0]["productId"]
    first, second, third = (new_id()[:43] for _ in range(3))

    def wanted(quantity: int) -> list[dict[str, Any]]:
        return [{"productId": product_id, "quantity": quantity, "reason": "It is too loud"}]

    with served(config) as url, running_browser(browser, tmp_path / "profile") as page:
        page.open(url)
        page.wait_for("#products", "Add to cart")
        assert page.run(OPEN.replace("TOKEN", json.dumps(shopper.id_token)))
        asked = call(page, "request", order_id, wanted(1), first)
        assert asked["status"] == "REQUESTED"
        assert call(page, "find", second) is None
        return_id = call(page, "put", order_id, wanted(2), second)
        page.wait_until(f"returns.find({json.dumps(second)}).then((found) => found?.status === 'REQUESTED')")
        assert call(page, "put", order_id, wanted(1), third)
        page.wait_until(f"returns.find({json.dumps(third)}).then((found) => found?.status === 'REFUSED')")
        assert "can be returned" in call(page, "find", third)["reason"]
        assert "can be returned" in call(page, "request", order_id, wanted(1), new_id()[:43])
        assert "clientToken" in call(page, "put", order_id, wanted(1), "x" * 44)
        assert call(page, "cancel", asked["returnId"])["status"] == "CANCELLED"
        call(page, "cancel", return_id)
        page.wait_until(
            f"returns.ofOrder({json.dumps(order_id)}).then((all) => "
            "all.length === 2 && all.every((each) => each.status === 'CANCELLED'))"
        )
    assert len(Returns(Shopper(platform_outside, shopper)).of_order(order_id)) == 2

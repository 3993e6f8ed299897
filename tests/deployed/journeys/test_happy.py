"""An order from its price to the parcel: order, payment, stock and events agree after every step."""

from contextlib import ExitStack

import pytest

from ecom_client.graphql_types import PaginatedOrders
from ecom_client.journey import Provider, Refused, Shopper, Staff, history_of, lines, new_product, total_of
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about

pytestmark = pytest.mark.deployed

SOURCES = ("orders", "warehouse", "delivery", "payment")


def test_an_order_from_price_to_parcel(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider
) -> None:
    counted, uncounted = new_product(platform_outside, price=3990), new_product(platform_outside, price=990)
    staff.set_stock(counted["productId"], 10)
    wanted = lines((counted, 2), (uncounted, 4))

    with ExitStack() as stack:
        caught = {name: stack.enter_context(platform_outside.events(f"ecommerce.{name}")) for name in SOURCES}

        order = buyer.buy(wanted)
        order_id, token = order["orderId"], order["paymentToken"]
        assert (order["status"], order["paymentStatus"], order["total"]) == ("NEW", "AUTHORISED", total_of(wanted))
        assert staff.stock(counted["productId"]) == {
            "productId": counted["productId"],
            "onHand": 10,
            "reserved": 2,
            "available": 8,
        }
        assert provider.payment(token)["captured"] == 0

        poll(lambda: staff.packaging(order_id), what="packaging request")
        assert order_id in staff.packaging_ids()
        staff.pack(order_id)
        packaged = buyer.wait_for(order_id, status="PACKAGED")
        assert (packaged["total"], packaged["products"]) == (order["total"], order["products"])
        assert staff.stock(counted["productId"]) == {
            "productId": counted["productId"],
            "onHand": 8,
            "reserved": 0,
            "available": 8,
        }

        poll(lambda: staff.delivery(order_id), what="delivery")
        assert order_id in [delivery["orderId"] for delivery in staff.deliveries()]
        staff.start_delivery(order_id)
        buyer.wait_for(order_id, status="SHIPPED")
        staff.complete_delivery(order_id)
        done = buyer.wait_for(order_id, status="FULFILLED", paymentStatus="CAPTURED")
        assert provider.payment(token)["captured"] == order["total"]

        made = history_of(done)
        assert [status for status, _ in made if status in ("NEW", "PACKAGED", "SHIPPED", "FULFILLED")] == [
            *dict.fromkeys(status for status, _ in made)
        ]
        assert all(cause for _, cause in made)

        for name, detail_type in [
            ("orders", "OrderCreated"),
            ("warehouse", "PackageCreated"),
            ("delivery", "DeliveryStarted"),
            ("delivery", "DeliveryCompleted"),
            ("payment", "PaymentCaptured"),
        ]:
            event = caught[name].wait_for(order_id, detail_type)
            assert event["detail"]["metadata"]["eventId"]
        poll(
            lambda: [event["detail"]["new"]["status"] for event in caught["orders"].about(order_id, "OrderModified")],
            lambda statuses: "FULFILLED" in statuses,
            what="OrderModified to FULFILLED",
        )
        captured = caught["payment"].about(order_id, "PaymentCaptured")
        assert [event["detail"]["amount"] for event in captured] == [order["total"]]
    assert dead_letters_about(platform_outside, order_id) == []


def test_two_lines_of_one_product_become_one_line_with_their_sum(platform_outside: Platform, buyer: Shopper) -> None:
    product = new_product(platform_outside, price=100)
    order = buyer.buy([*lines((product, 1)), *lines((product, 2))])
    assert order["total"] == 300
    assert [(line["productId"], line["quantity"]) for line in order["products"]] == [(product["productId"], 3)]


def test_an_order_of_another_user_is_null_like_a_missing_order(
    platform_outside: Platform, buyer: Shopper, stranger: Shopper
) -> None:
    order = buyer.buy(lines((new_product(platform_outside), 1)))
    assert stranger.order(order["orderId"]) is None
    assert stranger.order("00000000-0000-4000-8000-000000000000") is None
    assert order["orderId"] not in [order["orderId"] for order in stranger.orders()["orders"]]
    page = buyer.orders()
    assert order["orderId"] in [order["orderId"] for order in page["orders"]]


def test_all_pages_list_each_order_once_and_a_page_token_is_valid_for_its_owner_only(
    platform_outside: Platform, stranger: Shopper, buyer: Shopper
) -> None:
    product = new_product(platform_outside)
    wanted = {stranger.buy(lines((product, 1)))["orderId"] for _ in range(22)}
    # Pages are read from an index, which lags behind its table.
    pages = poll(lambda: all_pages(stranger), lambda pages: wanted <= set(ids(pages)), what="all orders on the pages")
    assert len(ids(pages)) == len(set(ids(pages)))
    assert pages[0]["nextToken"]
    with pytest.raises(Refused) as refused:
        buyer.orders(pages[0]["nextToken"])
    assert refused.value.types == ["INVALID_TOKEN"]


def all_pages(shopper: Shopper) -> list[PaginatedOrders]:
    pages = [shopper.orders()]
    while token := pages[-1]["nextToken"]:
        pages.append(shopper.orders(token))
    return pages


def ids(pages: list[PaginatedOrders]) -> list[str]:
    return [order["orderId"] for page in pages for order in page["orders"]]

"""Returns on the running platform, by GraphQL: from the request to the money."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ecom_client.journey import Provider, Purchase, Refused, Shopper, Staff
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.returns import Returns
from ecom_testkit.dead_letters import all_dead_letters
from ecom_testkit.mailbox import Mailbox
from returns.tests.deployed.conftest import PRICE, UNITS

pytestmark = pytest.mark.deployed

Check = Callable[[str, Callable[[], object]], None]


def token() -> str:
    return new_id()[:43]


def wanted(product_id: str, quantity: int = 1, **more: Any) -> Any:
    return [{"productId": product_id, "quantity": quantity, **more}]


def back(product_id: str, quantity: int = 1, condition: str = "RESTOCK") -> Any:
    return [{"productId": product_id, "quantity": quantity, "condition": condition}]


def test_goods_come_back_and_money_goes_back(
    platform_outside: Platform, buyer: Shopper, staff: Staff, provider: Provider,
    order: Purchase, product_id: str, mine: Returns, shop: Returns,
) -> None:  # fmt: skip
    order_id = order["orderId"]
    with platform_outside.events("ecommerce.returns") as caught:
        made = mine.request(order_id, wanted(product_id, 3, reason='it\'s "loud" — ñ'), token())
        return_id = made["returnId"]
        assert (made["status"], made["orderId"], made["currency"]) == ("REQUESTED", order_id, "EUR")
        assert made["lines"] == [
            {"productId": product_id, "quantity": 3, "reason": 'it\'s "loud" — ñ', "received": None, "restocked": None}
        ]
        assert return_id in shop.open_ids()
        assert shop.approve(return_id)["status"] == "APPROVED"
        received = shop.receive(return_id, [*back(product_id, 1), *back(product_id, 1, "SCRAP")])
        assert (received["status"], received["refund"]) == ("RECEIVED", 2 * PRICE)
        done = mine.wait_for(return_id, "REFUNDED")
        assert (done["refund"], done["lines"][0]["received"], done["lines"][0]["restocked"]) == (2 * PRICE, 2, 1)
        assert [move["status"] for move in done["history"]] == ["REQUESTED", "APPROVED", "RECEIVED", "REFUNDED"]
        caught.wait_for(return_id, "ReturnRefunded")
        events = [event["detail-type"] for event in caught.about(return_id)]
    assert events == ["ReturnRequested", "ReturnApproved", "ReturnReceived", "ReturnRefunded"]
    stock = staff.stock(product_id)
    assert stock
    assert stock["onHand"] == 10 - UNITS + 1
    shown = buyer.wait_for(order_id, paymentStatus="PARTIALLY_REFUNDED")
    assert (shown["refunded"], shown["status"]) == (2 * PRICE, "FULFILLED")
    assert provider.payment(order["paymentToken"])["refunded"] == 2 * PRICE
    assert return_id not in shop.open_ids()
    assert [letter for letter in all_dead_letters(platform_outside) if order_id in letter.body] == []


def test_repeating_a_request_answers_the_same_return(
    order: Purchase, product_id: str, mine: Returns, refused: Check
) -> None:
    name = token()
    first = mine.request(order["orderId"], wanted(product_id, 2), name)
    with ThreadPoolExecutor(8) as pool:
        again = list(pool.map(lambda _: mine.request(order["orderId"], wanted(product_id, 2), name), range(8)))
    assert {each["returnId"] for each in again} == {first["returnId"]}
    refused("IDEMPOTENCY_MISMATCH", lambda: mine.request(order["orderId"], wanted(product_id, 1), name))
    assert len(mine.of_order(order["orderId"])) == 1


def test_of_one_unit_there_is_one_return(order: Purchase, product_id: str, mine: Returns, refused: Check) -> None:
    def ask(_: int) -> str:
        """The id of the return, or the error."""
        try:
            return mine.request(order["orderId"], wanted(product_id, 2), token())["returnId"]
        except Refused as refusal:
            return str(refusal.types[0])

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(ask, range(10)))
    made = [each for each in answers if each not in ("ILLEGAL_MOVE", "TRY_AGAIN")]
    assert len(made) == 1
    refused("ILLEGAL_MOVE", lambda: mine.request(order["orderId"], wanted(product_id, 2), token()))
    mine.cancel(made[0])
    assert mine.request(order["orderId"], wanted(product_id, 3), token())["status"] == "REQUESTED"


def test_what_cannot_be_returned(
    buyer: Shopper, order: Purchase, product_id: str, mine: Returns, stranger: Returns, refused: Check
) -> None:
    order_id = order["orderId"]
    refused("NOT_FOUND", lambda: stranger.request(order_id, wanted(product_id), token()))
    refused("NOT_FOUND", lambda: mine.request(new_id(), wanted(product_id), token()))
    refused("INVALID_INPUT", lambda: mine.request(order_id, wanted(new_id()), token()))
    refused("INVALID_INPUT", lambda: mine.request(order_id, wanted(product_id, 0), token()))
    refused("INVALID_INPUT", lambda: mine.request(order_id, [], token()))
    refused("INVALID_INPUT", lambda: mine.request(order_id, wanted(product_id), "a.b"))
    refused("ILLEGAL_MOVE", lambda: mine.request(order_id, wanted(product_id, UNITS + 1), token()))
    assert mine.of_order(order_id) == []


def test_an_order_that_is_not_delivered(
    platform_outside: Platform, buyer: Shopper, staff: Staff, order: Purchase, product_id: str, mine: Returns,
    refused: Check,
) -> None:  # fmt: skip
    product = {**buyer.known(order["orderId"])["products"][0], "quantity": 1}
    under_way = buyer.buy([product])
    refused("ILLEGAL_MOVE", lambda: mine.request(under_way["orderId"], wanted(product_id), token()))
    buyer.cancel(under_way["orderId"])
    refused("ILLEGAL_MOVE", lambda: mine.request(under_way["orderId"], wanted(product_id), token()))


def test_other_people_see_and_change_nothing(
    order: Purchase, product_id: str, mine: Returns, stranger: Returns, refused: Check
) -> None:
    return_id = mine.request(order["orderId"], wanted(product_id), token())["returnId"]
    assert stranger.find(return_id) is None
    assert stranger.of_order(order["orderId"]) == []
    refused("NOT_FOUND", lambda: stranger.cancel(return_id))
    refused("Unauthorized", lambda: stranger.approve(return_id))
    refused("Unauthorized", lambda: stranger.refuse(return_id, "no"))
    refused("Unauthorized", lambda: stranger.receive(return_id, []))
    refused("Unauthorized", stranger.open_ids)


def test_staff_moves_out_of_order(
    order: Purchase, product_id: str, mine: Returns, shop: Returns, refused: Check
) -> None:
    return_id = mine.request(order["orderId"], wanted(product_id), token())["returnId"]
    refused("ILLEGAL_MOVE", lambda: shop.receive(return_id, back(product_id)))
    shop.approve(return_id)
    refused("ILLEGAL_MOVE", lambda: shop.approve(return_id))
    refused("ILLEGAL_MOVE", lambda: shop.refuse(return_id, "too late"))
    refused("INVALID_INPUT", lambda: shop.receive(return_id, back(product_id, 2)))
    refused("INVALID_INPUT", lambda: shop.receive(return_id, back(new_id())))
    shop.receive(return_id, [])
    refused("ILLEGAL_MOVE", lambda: mine.cancel(return_id))
    refused("ILLEGAL_MOVE", lambda: shop.receive(return_id, back(product_id)))
    assert mine.wait_for(return_id, "REFUNDED")["refund"] == 0


@pytest.mark.parametrize("ends", ["refused", "cancelled when requested", "cancelled when approved"])
def test_a_return_that_ends_early_gives_its_units_free(
    order: Purchase, product_id: str, mine: Returns, shop: Returns, ends: str
) -> None:
    return_id = mine.request(order["orderId"], wanted(product_id, UNITS), token())["returnId"]
    if ends == "refused":
        shown = shop.refuse(return_id, "the seal is broken")
        assert (shown["status"], shown["reason"]) == ("REFUSED", "the seal is broken")
    else:
        if "approved" in ends:
            shop.approve(return_id)
        assert [mine.cancel(return_id)["status"] for _ in range(2)] == ["CANCELLED", "CANCELLED"]
    assert mine.request(order["orderId"], wanted(product_id, UNITS), token())["status"] == "REQUESTED"


def test_goodwill_and_a_return_pay_back_no_more_than_was_captured(
    buyer: Shopper, staff: Staff, provider: Provider, order: Purchase, product_id: str, mine: Returns, shop: Returns
) -> None:
    captured = provider.payment(order["paymentToken"])["captured"]
    staff.refund(order["orderId"], captured - 500, token())
    return_id = mine.request(order["orderId"], wanted(product_id), token())["returnId"]
    shop.approve(return_id)
    assert shop.receive(return_id, back(product_id))["refund"] == PRICE
    assert mine.wait_for(return_id, "REFUNDED")["refund"] == 500
    assert provider.payment(order["paymentToken"])["refunded"] == captured
    buyer.wait_for(order["orderId"], paymentStatus="REFUNDED")


def test_the_shopper_gets_mails(
    platform_outside: Platform, shopper: Person, order: Purchase, product_id: str, mine: Returns, shop: Returns
) -> None:
    mailbox, order_id = Mailbox(platform_outside), order["orderId"]
    if not mailbox.exists:
        pytest.skip("only the local cloud has a mailbox")
    first = mine.request(order_id, wanted(product_id), token())["returnId"]
    shop.refuse(first, "the seal is broken")
    second = mine.request(order_id, wanted(product_id), token())["returnId"]
    shop.approve(second)
    shop.receive(second, back(product_id))
    mails = mailbox.wait_for(to=shopper.email, about=order_id, count=4 + 3)  # four are about the order
    texts = {mail.subject: mail.text for mail in mails}
    assert "the seal is broken" in texts[f"Your return of goods of order {order_id}"]
    assert f"Send the goods of your order {order_id} back" in texts
    assert "10.00 EUR" in texts[f"Your return of goods of order {order_id} is finished"]


@pytest.mark.parametrize("behaviour", ["TIMEOUT_AFTER", "TIMEOUT_BEFORE"])
def test_a_refund_whose_answer_was_lost_ends_by_itself(
    provider: Provider, order: Purchase, product_id: str, mine: Returns, shop: Returns, behaviour: str
) -> None:
    return_id = mine.request(order["orderId"], wanted(product_id), token())["returnId"]
    shop.approve(return_id)
    provider.script(behaviour, order["paymentToken"], operations=["refund"], times=1)
    shop.receive(return_id, back(product_id))
    assert mine.wait_for(return_id, "REFUNDED", 60)["refund"] == PRICE
    assert provider.payment(order["paymentToken"])["refunded"] == PRICE


def test_a_declined_refund_fails_the_return_and_goods_stay(
    staff: Staff, provider: Provider, order: Purchase, product_id: str, mine: Returns, shop: Returns
) -> None:
    return_id = mine.request(order["orderId"], wanted(product_id), token())["returnId"]
    shop.approve(return_id)
    provider.script("DECLINE", order["paymentToken"], operations=["refund"], times=1)
    shop.receive(return_id, back(product_id))
    failed = mine.wait_for(return_id, "FAILED")
    assert (failed["refund"], provider.payment(order["paymentToken"])["refunded"]) == (0, 0)
    stock = staff.stock(product_id)
    assert stock
    assert stock["onHand"] == 10 - UNITS + 1
    assert staff.refund(order["orderId"], PRICE, token())["status"] == "DONE"

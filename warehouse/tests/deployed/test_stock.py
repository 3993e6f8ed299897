"""Stock and reservations on a deployed platform, as other services and staff see them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom_client.journey import Refused, Staff
from ecom_client.made import new_id
from ecom_client.people import Person
from ecom_client.platform import Platform, send
from ecom_client.polling import poll
from warehouse.tests.deployed.conftest import Post

pytestmark = pytest.mark.deployed

SOURCE = "ecommerce.warehouse"


def line(product_id: str, quantity: Any = 1, **more: Any) -> dict[str, Any]:
    return {"productId": product_id, "quantity": quantity, **more}


def stock(product_id: str, available: int, reserved: int) -> dict[str, Any]:
    return {"productId": product_id, "onHand": available + reserved, "reserved": reserved, "available": available}


class TestStock:
    def test_an_untracked_product_is_null(self, clerk: Staff, kettle: str) -> None:
        assert clerk.stock(kettle) is None

    def test_a_count_is_stored_and_published(self, clerk: Staff, platform_outside: Platform, kettle: str) -> None:
        with platform_outside.events(SOURCE) as caught:
            assert clerk.set_stock(kettle, 7) == stock(kettle, 7, 0)
            event = caught.wait_for(kettle, "StockChanged")
        assert clerk.stock(kettle) == stock(kettle, 7, 0)
        assert (event["detail"]["available"], event["detail"]["level"]) == (7, "IN")
        assert event["detail"]["metadata"]["sequence"] == 1

    def test_a_count_below_what_is_reserved_is_refused(
        self, clerk: Staff, post: Post, kettle: str, order_id: str
    ) -> None:
        clerk.set_stock(kettle, 5)
        post("reserve", {"orderId": order_id, "products": [line(kettle, 3)]})
        with pytest.raises(Refused) as refused:
            clerk.set_stock(kettle, 2)
        assert refused.value.types == ["BELOW_RESERVED"]
        assert clerk.set_stock(kettle, 3) == stock(kettle, 0, 3)

    def test_a_negative_count_is_refused(self, clerk: Staff, kettle: str) -> None:
        with pytest.raises(Refused) as refused:
            clerk.set_stock(kettle, -1)
        assert refused.value.types == ["INVALID_INPUT"]
        assert clerk.stock(kettle) is None

    def test_shoppers_can_neither_set_nor_read_stock(
        self, platform_outside: Platform, shopper: Person, kettle: str
    ) -> None:
        intruder = Staff(platform_outside, shopper)
        with pytest.raises(Refused) as setting:
            intruder.set_stock(kettle, 1)
        with pytest.raises(Refused) as reading:
            intruder.stock(kettle)
        assert setting.value.types == reading.value.types == ["Unauthorized"]

    def test_only_a_change_of_level_is_published(
        self, clerk: Staff, post: Post, platform_outside: Platform, kettle: str
    ) -> None:
        with platform_outside.events(SOURCE) as caught:
            clerk.set_stock(kettle, 10)
            for quantity in (1, 2, 3, 1, 3):  # 9, 7, 4 LOW, 3, 0 OUT
                body = {"orderId": new_id(), "products": [line(kettle, quantity)]}
                assert post("reserve", body).status == 200
            clerk.set_stock(kettle, 16)  # published last: then all earlier events are there
            caught.wait_for(kettle, "StockChanged")
            published: list[Any] = []
            while len(published) < 4:
                published = [(e["detail"]["available"], e["detail"]["level"]) for e in caught.about(kettle)]
        assert published == [(10, "IN"), (4, "LOW"), (0, "OUT"), (6, "IN")]


class TestReserve:
    def test_all_lines_or_none_are_reserved_summed_by_product(
        self, clerk: Staff, post: Post, kettle: str, order_id: str
    ) -> None:
        cup = new_id()
        clerk.set_stock(kettle, 5)
        clerk.set_stock(cup, 1)
        refused = post("reserve", {"orderId": order_id, "products": [line(kettle, 3), line(cup), line(cup)]})
        assert refused.status == 409
        assert refused.body == {
            "ok": False,
            "problems": [{"code": "INSUFFICIENT_STOCK", "productId": cup, "requested": 2, "available": 1}],
        }
        assert (clerk.stock(kettle), clerk.stock(cup)) == (stock(kettle, 5, 0), stock(cup, 1, 0))
        taken = post("reserve", {"orderId": order_id, "products": [line(kettle, 3), line(cup), line(kettle)]})
        assert (taken.status, taken.body["ok"]) == (200, True)
        assert (clerk.stock(kettle), clerk.stock(cup)) == (stock(kettle, 1, 4), stock(cup, 0, 1))
        left = datetime.fromisoformat(taken.body["expiresAt"]) - datetime.now(UTC)
        assert timedelta(0) < left <= timedelta(seconds=900)
        assert taken.body["expiresAt"].endswith("Z")

    def test_a_repeat_changes_nothing_and_other_lines_replace_the_first(
        self, clerk: Staff, post: Post, kettle: str, order_id: str
    ) -> None:
        clerk.set_stock(kettle, 5)
        body = {"orderId": order_id, "products": [line(kettle, 4)]}
        first = post("reserve", body)
        assert post("reserve", body).body == first.body
        assert clerk.stock(kettle) == stock(kettle, 1, 4)
        assert post("reserve", {"orderId": order_id, "products": [line(kettle, 2)]}).status == 200
        assert clerk.stock(kettle) == stock(kettle, 3, 2)

    def test_an_untracked_product_is_always_available(
        self, clerk: Staff, post: Post, kettle: str, order_id: str
    ) -> None:
        assert post("reserve", {"orderId": order_id, "products": [line(kettle, 1000)]}).status == 200
        assert clerk.stock(kettle) is None

    def test_staff_do_not_see_a_reservation(self, clerk: Staff, post: Post, kettle: str, order_id: str) -> None:
        post("reserve", {"orderId": order_id, "products": [line(kettle)]})
        assert clerk.packaging(order_id) is None
        with pytest.raises(Refused) as refused:
            clerk.start_packaging(order_id)
        assert refused.value.types == ["NOT_FOUND"]

    def test_forty_eight_concurrent_buyers_of_three_units(self, clerk: Staff, post: Post, kettle: str) -> None:
        clerk.set_stock(kettle, 3)

        def buy(number: int) -> tuple[int, Any]:
            """As callers do: after a 503 the same request again."""
            lines = {"orderId": f"{kettle}-{number}", "products": [line(kettle)]}
            answer = poll(lambda: post("reserve", lines), lambda seen: seen.status != 503, seconds=60)
            return answer.status, answer.body

        with ThreadPoolExecutor(48) as crowd:
            answers = list(crowd.map(buy, range(48)))
        assert sorted(status for status, _ in answers) == [200] * 3 + [409] * 45
        problems = [body["problems"] for status, body in answers if status == 409]
        assert problems == [[{"code": "INSUFFICIENT_STOCK", "productId": kettle, "requested": 1, "available": 0}]] * 45
        assert clerk.stock(kettle) == stock(kettle, 0, 3)

    def test_a_crowd_gets_every_unit_and_is_told_the_truth(self, clerk: Staff, post: Post, kettle: str) -> None:
        """Many more buyers than units, so that the stock is spread, and its last units are found."""
        clerk.set_stock(kettle, 120)

        def buy(number: int) -> tuple[int, int]:
            quantity = number % 3 + 1
            lines = {"orderId": f"{kettle}-{number}", "products": [line(kettle, quantity)]}
            status = poll(lambda: post("reserve", lines).status, lambda seen: seen != 503, seconds=60)
            return status, quantity

        with ThreadPoolExecutor(16) as crowd:
            answers = list(crowd.map(buy, range(100)))
        sold = sum(quantity for status, quantity in answers if status == 200)
        assert {status for status, _ in answers} == {200, 409}
        assert clerk.stock(kettle) == stock(kettle, 120 - sold, sold)
        smallest_refused = min(quantity for status, quantity in answers if status == 409)
        assert 120 - sold < smallest_refused

    def test_eight_concurrent_retries_are_one_reservation(
        self, clerk: Staff, post: Post, kettle: str, order_id: str
    ) -> None:
        clerk.set_stock(kettle, 3)
        body = {"orderId": order_id, "products": [line(kettle, 3)]}
        with ThreadPoolExecutor(8) as crowd:
            answers = list(crowd.map(lambda _: post("reserve", body), range(8)))
        assert [answer.status for answer in answers] == [200] * 8
        assert len({answer.body["expiresAt"] for answer in answers}) == 1
        assert clerk.stock(kettle) == stock(kettle, 0, 3)

    @pytest.mark.parametrize(
        ("body", "place"),
        [
            (None, "body"),
            (b"{", ""),
            ([], ""),
            ({"products": [line("x")]}, "orderId"),
            ({"orderId": "", "products": [line("x")]}, "orderId"),
            ({"orderId": "x"}, "products"),
            ({"orderId": "x", "products": []}, "products"),
            ({"orderId": "x", "products": [line("x")] * 51}, "products"),
            ({"orderId": "x", "products": [line("x", 0)]}, "quantity"),
            ({"orderId": "x", "products": [line("x", -1)]}, "quantity"),
            ({"orderId": "x", "products": [line("x", 1001)]}, "quantity"),
            ({"orderId": "x", "products": [line("x", "1")]}, "quantity"),
            ({"orderId": "x", "products": [line("x", price=1)]}, "price"),
            ({"orderId": "x", "products": [line("x")], "userId": "y"}, "userId"),
        ],
    )
    def test_a_malformed_body_is_a_400_that_names_the_field(self, post: Post, body: Any, place: str) -> None:
        answer = post("reserve", body)
        assert answer.status == 400
        assert place in answer.body["message"]

    @pytest.mark.parametrize("name", ["reserve", "cancel", "release", "due"])
    def test_an_unsigned_or_badly_signed_call_is_refused(self, platform_outside: Platform, name: str) -> None:
        url = f"{platform_outside.parameter('warehouse/api/url')}/backend/{name}"
        unsigned = send("POST", url, {"orderId": "x"})
        badly = platform_outside.signed("POST", url, {"orderId": "x"}, Credentials("AKIAUNKNOWN000000000", "x"))
        assert [(answer.status, list(answer.body)) for answer in (unsigned, badly)] == [(403, ["message"])] * 2


class TestLapse:
    @pytest.fixture
    def overdue(self, platform_outside: Platform, clerk: Staff, post: Post, kettle: str, order_id: str) -> str:
        """An order id: its reservation of all three kettles is due."""
        clerk.set_stock(kettle, 3)
        assert post("reserve", {"orderId": order_id, "products": [line(kettle, 3)]}).status == 200
        platform_outside.client("dynamodb").update_item(
            TableName=platform_outside.parameter("warehouse/table/name"),
            Key={"id": {"S": f"order#{order_id}"}},
            UpdateExpression="SET since = :past, expiresAt = :past",
            ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00.000Z"}},
        )
        return order_id

    def test_the_schedule_lapses_a_due_reservation(self, overdue: str, clerk: Staff, kettle: str) -> None:
        poll(
            lambda: clerk.stock(kettle),
            lambda seen: seen == stock(kettle, 3, 0),
            seconds=100,
            what="the reservation lapses",
        )

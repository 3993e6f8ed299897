"""Units of returns become available again on a deployed platform."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ecom_client.journey import Staff
from ecom_client.made import new_id
from warehouse.tests.deployed.conftest import Post

pytestmark = pytest.mark.deployed


def test_each_return_counts_once_however_often_and_concurrently_it_is_posted(
    clerk: Staff, post: Post, kettle: str
) -> None:
    clerk.set_stock(kettle, 0)
    returns, cup = [new_id() for _ in range(4)], new_id()

    def restock(number: int) -> int:
        lines = [{"productId": kettle, "quantity": 2}, {"productId": cup, "quantity": 1}]
        return post("restock", {"returnId": returns[number % 4], "lines": lines}).status

    with ThreadPoolExecutor(12) as pool:
        answers = set(pool.map(restock, range(24)))
    assert answers <= {200, 503}
    assert all(restock(number) == 200 for number in range(4))
    assert clerk.stock(kettle) == {"productId": kettle, "onHand": 8, "reserved": 0, "available": 8}
    assert clerk.stock(cup) is None


def test_a_malformed_request_is_refused_before_the_function(post: Post, kettle: str) -> None:
    answer = post("restock", {"returnId": "return-1", "lines": [{"productId": kettle, "quantity": 0}]})
    assert answer.status == 400
    assert "quantity" in answer.body["message"]

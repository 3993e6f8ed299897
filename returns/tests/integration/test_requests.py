"""Requests for returns, on the table of the template: of a delivered unit there is at most one return."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ecom.backoff import Backoff
from ecom.dynamo import Table
from ecom.errors import CallerFault, IllegalMove, TryAgain
from ecom_testkit.throttling import FAILURES, FailingClient
from returns.tests.builders import NOON, ORDER, RETURN, STRANGER, USER, OrdersInMemory, order_item, request
from returns.tests.integration.conftest import TABLE
from returns_service.domain import ReceivedLine as Back
from returns_service.domain import RequestedLine, Return, Status, move, receive
from returns_service.errors import IdempotencyMismatch, NoSuchOrder, NotReturnable
from returns_service.repository import Returns
from returns_service.requesting import Requesting

NO_WAIT = Backoff(max_attempts=4, sleep=lambda _: None)


@pytest.fixture
def orders() -> OrdersInMemory:
    return OrdersInMemory()


@pytest.fixture
def returns(dynamodb: Any) -> Returns:
    return Returns(dynamodb, TABLE, NO_WAIT)


@pytest.fixture
def requesting(returns: Returns, orders: OrdersInMemory) -> Requesting:
    return Requesting(returns, orders, lambda: NOON, 30, "EUR")


def held(dynamodb: Any) -> dict[str, int]:
    row = Table(dynamodb, TABLE).get({"id": f"order#{ORDER}"})
    return {name: int(units) for name, units in row["units"].items()} if row else {}


def rows(dynamodb: Any) -> list[str]:
    return sorted(str(item["id"]) for page in Table(dynamodb, TABLE).pages() for item in page)


def kettles(number: int, name: str = "return-1") -> Any:
    return request(RequestedLine("kettle", number), return_id=f"{USER}_{name}")


def test_a_return_holds_its_units(requesting: Requesting, returns: Returns, dynamodb: Any) -> None:
    made = requesting.request(kettles(2), "request-1")
    assert returns.find(RETURN) == made
    assert held(dynamodb) == {"kettle": 2}
    with pytest.raises(NotReturnable):
        requesting.request(kettles(2, "return-2"), "request-2")
    requesting.request(kettles(1, "return-3"), "request-3")
    assert held(dynamodb) == {"kettle": 3}


@pytest.mark.parametrize("cause", ["requestReturn", "PUT /returns"])
def test_a_return_of_an_order_without_a_currency_has_the_environments(
    requesting: Requesting, orders: OrdersInMemory, cause: str
) -> None:
    """It was made before orders had one, or put into their table. Without it no event of the return fits its schema."""
    orders.items[ORDER] = {name: value for name, value in order_item().items() if name != "currency"}
    ask = requesting.request if cause == "requestReturn" else requesting.register
    assert ask(kettles(2), "request-1").currency == "EUR"


def test_repeating_a_request_answers_the_same_return(requesting: Requesting, dynamodb: Any) -> None:
    first = requesting.request(kettles(2), "request-1")
    assert [requesting.request(kettles(2), "request-2") for _ in range(3)] == [first] * 3
    assert held(dynamodb) == {"kettle": 2}
    with pytest.raises(IdempotencyMismatch):
        requesting.request(kettles(1), "request-3")


def test_a_repeat_is_answered_while_orders_does_not_answer(requesting: Requesting, orders: OrdersInMemory) -> None:
    first = requesting.request(kettles(2), "request-1")
    orders.is_down = True
    assert requesting.request(kettles(2), "request-2") == first
    with pytest.raises(TryAgain):
        requesting.request(kettles(1, "return-2"), "request-3")


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        (order_item(userId=STRANGER), NoSuchOrder),
        (order_item(orderId="order-2"), NoSuchOrder),
        (order_item(status="SHIPPED"), NotReturnable),
    ],
)
def test_a_request_that_breaks_a_rule_stores_nothing(
    returns: Returns, dynamodb: Any, item: dict[str, Any], fault: type[CallerFault]
) -> None:
    with pytest.raises(fault):
        Requesting(returns, OrdersInMemory(item), lambda: NOON, 30, "EUR").request(kettles(1), "request-1")
    assert rows(dynamodb) == []


@pytest.mark.parametrize("order_id", ["..", ".", "a/b?c", "a%2Fb", "a b", "order-1\n", "ø"])
def test_a_text_that_is_no_order_id_is_not_sent_to_orders(
    requesting: Requesting, orders: OrdersInMemory, order_id: str
) -> None:
    """As a part of the URL it may lead to another route, whose 403 would be a defect, and an alarm."""
    orders.is_down = True
    asked = request(RequestedLine("kettle", 1), order_id=order_id)
    with pytest.raises(NoSuchOrder):
        requesting.request(asked, "request-1")
    assert requesting.register(asked, "request-2").status is Status.REFUSED


def test_through_rest_it_is_stored_as_refused(requesting: Requesting, returns: Returns, dynamodb: Any) -> None:
    refused = requesting.register(kettles(4), "request-1")
    assert (refused.status, refused.is_valid) == (Status.REFUSED, False)
    assert "3 of product 'kettle'" in refused.reason
    assert rows(dynamodb) == [f"return#{RETURN}"]
    assert returns.of_order(ORDER) == []
    assert returns.find(RETURN) == refused
    item = Table(dynamodb, TABLE).get({"id": f"return#{RETURN}"})
    assert item
    assert "news" not in item
    assert requesting.register(kettles(1), "request-2") == refused
    with pytest.raises(IdempotencyMismatch):
        requesting.request(kettles(1), "request-3")


def test_of_two_requests_with_one_id_the_first_stands(requesting: Requesting) -> None:
    first = requesting.request(kettles(2), "request-1")
    assert requesting.register(kettles(1), "request-2") == first


class _InterruptedOrders(OrdersInMemory):
    """Another request comes in between the first look at the return and its write."""

    def __init__(self, first: Callable[[], Any]) -> None:
        super().__init__()
        self._first: Callable[[], Any] | None = first

    def find(self, order_id: str) -> Any:
        first, self._first = self._first, None
        if first:
            first()
        return super().find(order_id)


@pytest.mark.parametrize("number", [1, 2])  # of one kettle, the second request has units left too
def test_the_same_request_at_the_same_moment_makes_one_return(
    requesting: Requesting, returns: Returns, dynamodb: Any, number: int
) -> None:
    racing = _InterruptedOrders(lambda: requesting.request(kettles(number), "request-1"))
    second = Requesting(returns, racing, lambda: NOON, 30, "EUR").request(kettles(number), "request-2")
    assert second == requesting.request(kettles(number), "request-3")
    assert held(dynamodb) == {"kettle": number}


class _Interrupted:
    """A client of DynamoDB: something else happens right before the first transaction."""

    def __init__(self, client: Any, first: Callable[[], Any]) -> None:
        self._client, self._first = client, first

    def __getattr__(self, name: str) -> Any:
        if name == "transact_write_items":
            first, self._first = self._first, lambda: None
            first()
        return getattr(self._client, name)


@pytest.mark.parametrize(("number", "is_allowed"), [(1, True), (2, False)])
def test_two_returns_of_one_unit_at_the_same_moment(
    requesting: Requesting, orders: OrdersInMemory, dynamodb: Any, number: int, is_allowed: bool
) -> None:
    client: Any = _Interrupted(dynamodb, lambda: requesting.request(kettles(2), "request-1"))
    racing = Requesting(Returns(client, TABLE, NO_WAIT), orders, lambda: NOON, 30, "EUR")
    if is_allowed:
        racing.request(kettles(number, "return-2"), "request-2")
    else:
        with pytest.raises(NotReturnable):
            racing.request(kettles(number, "return-2"), "request-2")
    assert held(dynamodb) == {"kettle": 3 if is_allowed else 2}


def cancel(current: Return) -> Return:
    return move(current, Status.CANCELLED, NOON, "cancelReturn")


def test_a_cancelled_return_gives_its_units_free(requesting: Requesting, returns: Returns, dynamodb: Any) -> None:
    requesting.request(kettles(2), "request-1")
    returns.change(RETURN, cancel, "request-2")
    assert held(dynamodb) == {}
    requesting.request(kettles(3, "return-2"), "request-3")
    assert held(dynamodb) == {"kettle": 3}


def test_received_goods_are_held_and_the_rest_is_free(requesting: Requesting, returns: Returns, dynamodb: Any) -> None:
    requesting.request(kettles(3), "request-1")
    returns.change(RETURN, lambda current: move(current, Status.APPROVED, NOON, "approveReturn"), "request-2")
    returns.change(RETURN, lambda current: receive(current, [Back("kettle", 1, "SCRAP")], NOON, "x"), "request-3")
    assert held(dynamodb) == {"kettle": 1}


def test_another_return_changes_while_this_one_is_cancelled(
    requesting: Requesting, returns: Returns, dynamodb: Any
) -> None:
    requesting.request(kettles(2), "request-1")
    client: Any = _Interrupted(dynamodb, lambda: requesting.request(kettles(1, "return-2"), "request-2"))
    Returns(client, TABLE, NO_WAIT).change(RETURN, cancel, "request-3")
    assert held(dynamodb) == {"kettle": 1}


def test_a_decision_that_another_one_overtakes_is_made_again(requesting: Requesting, returns: Returns) -> None:
    requesting.request(kettles(2), "request-1")
    overtaken: list[Return] = []

    def approve(current: Return) -> Return:
        if not overtaken:
            overtaken.append(returns.change(RETURN, cancel, "request-2"))
        return move(current, Status.APPROVED, NOON, "approveReturn")

    with pytest.raises(IllegalMove):
        returns.change(RETURN, approve, "request-3")
    stored = returns.find(RETURN)
    assert stored is not None
    assert stored.status is Status.CANCELLED


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("succeed", range(3))
def test_a_busy_table_changes_nothing(
    orders: OrdersInMemory, dynamodb: Any, failure: tuple[str, int], succeed: int
) -> None:
    client: Any = FailingClient(*failure, dynamodb, succeed)
    requesting = Requesting(Returns(client, TABLE, NO_WAIT), orders, lambda: NOON, 30, "EUR")
    with pytest.raises(TryAgain):
        requesting.request(kettles(2), "request-1")
    assert rows(dynamodb) == []


@pytest.mark.parametrize("name", ["transact_write_items", "put_item"])
def test_a_write_whose_answer_was_lost_is_recognised(
    requesting: Requesting, returns: Returns, dynamodb: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write = getattr(dynamodb, name)

    def sent_twice(**request: Any) -> Any:
        write(**request)
        return write(**request)

    monkeypatch.setattr(dynamodb, name, sent_twice)
    requesting.request(kettles(2), "request-1")
    returns.change(RETURN, lambda current: move(current, Status.APPROVED, NOON, "approveReturn"), "request-2")
    returns.change(RETURN, cancel, "request-3")
    assert held(dynamodb) == {}
    item = Table(dynamodb, TABLE).get({"id": f"return#{RETURN}"})
    assert item
    assert (item["version"], item["etag"], item["news"]) == (3, 3, "ReturnCancelled")


class TestLists:
    def test_the_returns_of_an_order_the_newest_first(
        self, returns: Returns, orders: OrdersInMemory, requesting: Requesting
    ) -> None:
        requesting.request(kettles(1, "old"), "request-1")
        later = Requesting(returns, orders, lambda: NOON + timedelta(hours=1), 30, "EUR")
        later.request(kettles(1, "new"), "request-2")
        assert [each.return_id for each in returns.of_order(ORDER)] == [f"{USER}_new", f"{USER}_old"]
        assert returns.of_order("order-2") == returns.of_order("x" * 3000) == []

    def test_open_returns_the_oldest_first(self, returns: Returns, orders: OrdersInMemory, dynamodb: Any) -> None:
        orders.items[ORDER] = order_item(products=[{"productId": "kettle", "quantity": 100, "price": 1}])
        for number in range(60):
            now = NOON + timedelta(minutes=number)
            Requesting(returns, orders, lambda now=now: now, 30, "EUR").request(kettles(1, f"r{number}"), "x")  # type: ignore[misc]  # bound now
        returns.change(f"{USER}_r0", lambda current: move(current, Status.APPROVED, NOON, "approveReturn"), "x")
        returns.change(f"{USER}_r1", cancel, "x")
        pages = [returns.open(None)]
        while pages[-1].next_token:
            pages.append(returns.open(pages[-1].next_token))
        found = [each.return_id for page in pages for each in page.items]
        assert found == [f"{USER}_r{number}" for number in range(60) if number != 1]
        assert [len(page.items) for page in pages] == [20, 20, 19]

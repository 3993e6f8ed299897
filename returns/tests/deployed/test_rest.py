"""Returns on the running platform, by REST: API Gateway starts the execution of a return itself."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ecom_client.journey import Purchase
from ecom_client.made import new_id
from ecom_client.people import Person, temporary_user
from ecom_client.platform import Answer, Platform, send
from ecom_client.polling import poll
from ecom_client.returns import Returns
from returns.tests.deployed.conftest import PRICE, UNITS

pytestmark = pytest.mark.deployed

PAGE = {"Origin": "https://shop.example"}
REASON = 'it\'s "loud" \\ — ñ 😀 </b> ${x} $user %41\n#set($a = 1)'


class Page:
    """A page of a storefront that has the ID token of a shopper."""

    def __init__(self, platform: Platform, person: Person) -> None:
        self.url, self.person = platform.parameter("returns/api/url") + "/returns", person

    def put(self, token: str, body: Any, **headers: str) -> Answer:
        sent = {**PAGE, "Authorization": self.person.id_token, **headers}
        return send("PUT", f"{self.url}/{token}", body, {name: value for name, value in sent.items() if value})

    def get(self, token: str) -> Answer:
        return send("GET", f"{self.url}/{token}", None, {**PAGE, "Authorization": self.person.id_token})

    def wait_for(self, token: str) -> dict[str, Any]:
        """The return, once its execution has stored it."""
        found: dict[str, Any] = poll(lambda: self.get(token), lambda answer: answer.status == 200, 30).body
        return found

    def id_of(self, token: str) -> str:
        return f"{self.person.user_id}_{token}"


@pytest.fixture
def page(platform_outside: Platform, shopper: Person) -> Page:
    return Page(platform_outside, shopper)


@pytest.fixture
def other_page(platform_outside: Platform) -> Iterator[Page]:
    with temporary_user(platform_outside) as person:
        yield Page(platform_outside, person)


@pytest.fixture
def body(order: Purchase, product_id: str) -> dict[str, Any]:
    return {"orderId": order["orderId"], "lines": [{"productId": product_id, "quantity": 2, "reason": REASON}]}


def token() -> str:
    return new_id()[:43]


def test_a_return_is_requested_and_goes_on_like_any_other(
    page: Page, body: dict[str, Any], mine: Returns, shop: Returns, product_id: str
) -> None:
    name = token()
    answer = page.put(name, body)
    assert (answer.status, answer.body) == (202, {"returnId": page.id_of(name)})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = page.wait_for(name)
    assert (found["status"], found["lines"][0]["reason"]) == ("REQUESTED", REASON)
    assert found == mine.find(page.id_of(name))
    shop.approve(page.id_of(name))
    shop.receive(page.id_of(name), [{"productId": product_id, "quantity": 1, "condition": "SCRAP"}])
    mine.wait_for(page.id_of(name), "REFUNDED")
    assert page.get(name).body["refund"] == PRICE


def test_all_steps_of_an_execution_have_the_correlation_id_of_its_request(
    platform_outside: Platform, page: Page, body: dict[str, Any], mine: Returns, shop: Returns, product_id: str
) -> None:
    name = token()
    return_id = page.id_of(name)
    with platform_outside.events("ecommerce.returns") as caught:
        page.put(name, body)
        page.wait_for(name)
        shop.approve(return_id)
        shop.receive(return_id, [{"productId": product_id, "quantity": 1, "condition": "SCRAP"}])
        mine.wait_for(return_id, "REFUNDED")
        of_machine = [
            caught.wait_for(return_id, kind)["detail"]["metadata"]["correlationId"]
            for kind in ("ReturnRequested", "ReturnRefunded")
        ]
    assert len(set(of_machine)) == 1
    assert re.fullmatch(r"[0-9a-f-]{36}", of_machine[0])


def test_the_first_content_stands(page: Page, body: dict[str, Any], mine: Returns) -> None:
    name = token()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: page.put(name, body), range(6)))
    other = {**body, "lines": [{**body["lines"][0], "quantity": 1}]}
    answers.append(page.put(name, other))
    assert {(answer.status, answer.body["returnId"]) for answer in answers} == {(202, page.id_of(name))}
    assert page.wait_for(name)["lines"][0]["quantity"] == 2
    assert page.put(name, other).status == 202
    mine.cancel(page.id_of(name))


def test_of_one_unit_there_is_one_return_by_graphql_and_rest(
    page: Page, body: dict[str, Any], mine: Returns, order: Purchase, product_id: str
) -> None:
    name = token()
    page.put(name, body)
    assert page.wait_for(name)["status"] == "REQUESTED"
    assert mine.request(order["orderId"], [{"productId": product_id, "quantity": UNITS - 2}], token())
    second = token()
    assert page.put(second, {**body, "lines": [{"productId": product_id, "quantity": 1}]}).status == 202
    refused = page.wait_for(second)
    assert (refused["status"], refused["refund"]) == ("REFUSED", None)
    assert "can be returned" in refused["reason"]


def test_a_request_that_breaks_a_rule_is_seen_by_its_requester_alone(
    platform_outside: Platform, page: Page, other_page: Page, body: dict[str, Any], shop: Returns, order: Purchase,
    mine: Returns,
) -> None:  # fmt: skip
    name = token()
    with platform_outside.events("ecommerce.returns") as caught:
        assert other_page.put(name, body).status == 202
        refused = other_page.wait_for(name)
        assert (refused["status"], refused["reason"]) == ("REFUSED", "there is no such order")
        assert shop.find(other_page.id_of(name)) is None
        assert page.get(name).status == 404
        assert shop.of_order(order["orderId"]) == mine.of_order(order["orderId"]) == []
        page.put(token_of_mine := token(), body)
        caught.wait_for(page.id_of(token_of_mine), "ReturnRequested")
        assert list(caught.about(other_page.id_of(name))) == []


def test_a_forged_sub_is_no_field(page: Page, body: dict[str, Any]) -> None:
    for field in ("sub", "userId", "returnId"):
        assert page.put(token(), {**body, field: "somebody"}).status == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer x.y.z"}, 401),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/xml"}, 415),
    ],
)
def test_what_does_not_reach_step_functions(
    page: Page, body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    answer = page.put(token(), body, **headers)
    assert answer.status == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("change", [{"lines": None}, {"orderId": ""}, {"lines": [{"productId": "p"}]}])
def test_a_malformed_body_is_refused_by_api_gateway(page: Page, body: dict[str, Any], change: dict[str, Any]) -> None:
    answer = page.put(token(), {**body, **change})
    assert answer.status == 400
    assert answer.body["message"]


def test_what_api_gateway_does_not_check_is_refused_by_the_first_step(page: Page, body: dict[str, Any]) -> None:
    """API Gateway drops `minItems` when it imports an OpenAPI document."""
    name = token()
    assert page.put(name, {**body, "lines": []}).status == 202
    refused = page.wait_for(name)
    assert refused["status"] == "REFUSED"
    assert "1 to 50 lines" in refused["reason"]


@pytest.mark.parametrize("name", ["x" * 44, "a%22b", "a.b", "a%27b", "%E2%82%AC", "a%20b", "a%5C"])
def test_a_client_token_of_another_form(name: str, page: Page, body: dict[str, Any]) -> None:
    answer = page.put(name, body)
    assert answer.status == 400
    assert "1 to 43 letters, digits, - and _" in answer.body["message"]
    assert page.get(name).status == 404


def test_the_preflight_needs_no_token(page: Page) -> None:
    answer = send("OPTIONS", f"{page.url}/return-1", None, PAGE)
    assert answer.status == 200
    assert answer.headers["Access-Control-Allow-Methods"] == "GET,PUT"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


def test_a_token_may_follow_bearer(page: Page, body: dict[str, Any], mine: Returns) -> None:
    name = token()
    assert page.put(name, body, Authorization=f"Bearer {page.person.id_token}").status == 202
    assert page.wait_for(name)["status"] == "REQUESTED"

"""People of the simulator: what they do when an answer is an error."""

from collections import Counter
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tools.sim.appsync import GraphQLError, NoAnswer
from tools.sim.people.book import Accepted, Book
from tools.sim.people.cart_owner import Browser, CartOwner, Wanted
from tools.sim.people.checkout_shopper import CheckoutShopper, differences
from tools.sim.people.merchant import Merchant
from tools.sim.people.person import ATTEMPTS, GaveUp, Person
from tools.sim.people.reader import Reader, level_fits
from tools.sim.people.staff import Deliverer, Packer


class _Asking(Person):
    """A person whose questions have these answers, one after another."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.name, self._asked = "ann", Counter()

    def ask(self, field: str, **_arguments: Any) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def wait(self, least: float, most: float, why: str) -> None:
        pass


@pytest.mark.parametrize("error_type", ["TRY_AGAIN", "Lambda:Unhandled", "REFUSED"])
def test_a_person_insists_when_the_error_may_end_by_itself(error_type: str) -> None:
    person = _Asking(GraphQLError(error_type, "later"), {"cartId": "c"})
    assert person.insist("mergeCart", cartId="c") == {"cartId": "c"}


def test_a_definite_error_reaches_the_script() -> None:
    with pytest.raises(GraphQLError):
        _Asking(GraphQLError("INVALID_INPUT", "no"), {"cartId": "c"}).insist("mergeCart", cartId="c")


class _Till(CheckoutShopper):
    """A shopper whose first `updateCart` sets the units and answers with an error; the units are ordered at once."""

    def __init__(self) -> None:
        self._asked, self.name = Counter(), "ann"
        self._cart = Wanted()
        self.version, self.units = 4, 0
        self._browser = _Window(self, self._cart)

    def chance(self, rate: float, what: str) -> bool:
        return False

    def wait(self, low: float, high: float, why: str) -> None:
        pass

    def number(self, low: int, high: int, what: str) -> int:
        return high

    def says(self, text: str) -> None:
        pass


class _Window(Browser):
    def __init__(self, till: _Till, cart: Wanted) -> None:
        self._till, self.cart = till, cart
        self._asked, self.name, self._says, self._where = Counter(), "ann", till.says, "here"

    def wait(self, low: float, high: float, why: str) -> None:
        pass

    def ask(self, field: str, **arguments: Any) -> Any:
        self._asked[field] += 1
        if field == "getCart":
            return {"version": self._till.version}
        change = arguments["input"]
        if change["expectedVersion"] not in (None, self._till.version):
            raise GraphQLError("CONFLICT", "the cart is at another version")
        self._till.version += 1
        self._till.units = change["quantity"]
        if self._asked[field] == 1:
            self._till.version += 1
            self._till.units = 0
            raise GraphQLError("Lambda:Unhandled", "the function died after its write")
        return {"cartId": "c"}


def test_units_that_were_ordered_are_not_put_in_again_by_a_repeat() -> None:
    till = _Till()
    till._put_more("p", 1)
    assert till.units == 0
    assert till._cart.units == {"p": {0, 3}}


class _Api:
    """An API whose answers are these, one after another; the last one stays."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)

    def resolve(self, field: str, *_: Any) -> Any:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def _world(*answers: Any, is_calm: bool) -> Any:
    """The surroundings of a person, without a platform."""
    return SimpleNamespace(
        graphql=_Api(*answers),
        is_calm=is_calm,
        note=lambda _text: None,
        decisions=SimpleNamespace(uuid=lambda name: name, between=lambda low, _high, _name: low),
        scheduler=SimpleNamespace(sleep=lambda _seconds: None, now=0.0),
    )


def _promises(book: Book) -> list[str]:
    return [promise for promise, _, _ in book.reported]


BROKEN = GraphQLError("Lambda:Unhandled", "KeyError")


@pytest.mark.parametrize("failure", [BROKEN, NoAnswer()])
@pytest.mark.parametrize(("is_calm", "expected"), [(True, ["A1"]), (False, [])])
def test_a_request_that_fails_without_a_fault_is_a_violation(
    failure: Exception, is_calm: bool, expected: list[str]
) -> None:
    book = Book()
    person = Person(_world(failure, {"cartId": "c"}, is_calm=is_calm), book, "ann")
    assert person.insist("getCart") == {"cartId": "c"}
    assert _promises(book) == expected


def test_a_person_who_gets_no_final_answer_without_a_fault_is_a_violation() -> None:
    book = Book()
    with pytest.raises(GaveUp):
        Person(_world(GraphQLError("TRY_AGAIN", "later"), is_calm=True), book, "ann").insist("cancelOrder")
    assert [why for _, _, why in book.reported] == [
        f"cancelOrder gave no final answer in {ATTEMPTS} attempts to ann, while nothing fails"
    ]


@pytest.mark.parametrize(("is_calm", "expected"), [(True, ["A1"]), (False, [])])
def test_a_list_that_is_refused_is_empty_while_requests_may_fail_only(is_calm: bool, expected: list[str]) -> None:
    book = Book()
    person = Person(_world(GraphQLError("INVALID_TOKEN", "no"), is_calm=is_calm), book, "ann")
    assert person.pages("getNewDeliveries", "deliveries") == []
    assert _promises(book) == expected


def test_a_list_is_read_to_its_last_page() -> None:
    first, last = {"orders": [1], "nextToken": "t"}, {"orders": [2], "nextToken": None}
    person = Person(_world(first, last, is_calm=True), Book(), "ann")
    assert person.pages("getOrders", "orders") == [1, 2]


ORDER: Mapping[str, Any] = {
    "status": "NEW",
    "total": 250,
    "deliveryPrice": 50,
    "products": [{"productId": "p", "quantity": 2, "price": 100}],
}


@pytest.mark.parametrize(
    ("body", "changes", "expected"),
    [
        ({}, {}, []),
        ({"total": 250, "deliveryPrice": 50, "prices": [{"productId": "p", "price": 100}], "cartVersion": 3}, {}, []),
        ({"total": 249}, {}, ["M4"]),
        ({"deliveryPrice": 40}, {}, ["M4"]),
        ({"prices": [{"productId": "p", "price": 90}]}, {}, ["M4"]),
        ({"prices": [{"productId": "q", "price": 90}]}, {}, ["M4"]),
        ({"cartVersion": 3}, {"products": [{"productId": "p", "quantity": 3, "price": 100}]}, ["C1"]),
        ({"total": 249, "cartVersion": 3}, {"status": "PACKAGED", "products": []}, []),
    ],
)
def test_an_accepted_checkout_is_compared_with_what_it_named(
    body: dict[str, Any], changes: dict[str, Any], expected: list[str]
) -> None:
    assert [promise for promise, _ in differences({**ORDER, **changes}, body, {"p": 2})] == expected


@pytest.mark.parametrize(
    ("level", "available", "fits"),
    [("IN", None, True), ("OUT", None, False), ("OUT", 0, True), ("IN", 0, False), ("LOW", 1, True), ("OUT", 1, False)],
)
def test_levels_fit_the_units(level: str, available: int | None, fits: bool) -> None:
    assert level_fits(level, available) is fits


ADDRESS = {"name": "Ann", "streetAddress": "Street 1", "city": "Town", "country": "FI"}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [(ADDRESS, []), (None, ["A1"]), ({**ADDRESS, "city": "Other Town"}, ["A1"])],
)
def test_a_deliverer_compares_the_address_with_that_of_the_order(shown: Any, expected: list[str]) -> None:
    book = Book(accepted={"o": Accepted("o", "ann", "u", "k", "t", {"address": {**ADDRESS, "phoneNumber": "1"}})})
    Deliverer(_world(None, is_calm=True), book, "deliverer-1")._check_address("o", shown)
    assert _promises(book) == expected


@pytest.mark.parametrize(
    ("of_order", "of_delivery", "expected"),
    [("A", "A", []), (None, "A", ["A1"]), ("B", "A", ["A1"]), ("B", "B", ["A1"]), (None, None, ["A1"])],
)
def test_a_delivered_order_has_the_shipment_that_the_deliverer_named(
    of_order: str | None, of_delivery: str | None, expected: list[str]
) -> None:
    shown = [None if each is None else {"carrier": each, "trackingNumber": "1"} for each in (of_order, of_delivery)]
    book = Book(shipments={"o": {"carrier": "A", "trackingNumber": "1"}}, delivered=["o"])
    reader = Reader(_world({"shipment": shown[0]}, {"shipment": shown[1]}, is_calm=True), book, "reader-1")
    reader._read_deliveries()
    assert book.reported == []  # it was delivered this evening: its events may be under way
    reader._delivered_before = ["o"]
    reader._read_deliveries()
    assert _promises(book) == expected


def test_a_cart_that_no_owner_signed_in_for_is_compared() -> None:
    book = Book(products=["p"])
    cart = {"cartId": "c", "version": 1, "lines": [{"productId": "p", "quantity": 2}]}
    owner = CartOwner(_world({"cartId": "mine", "version": 0, "lines": []}, cart, None, is_calm=True), book, "owner-1")
    owner.before.own, owner.before.units = "c", {"p": {3}}
    owner.finish()
    assert _promises(book) == ["C1"]


def test_a_person_asks_the_provider_until_it_answers() -> None:
    answers = [(503, b""), (503, b""), (201, b'{"paymentToken": "t"}')]
    surroundings = _world(is_calm=False)
    surroundings.http_request = lambda *_args, **_named: SimpleNamespace(status=answers[0][0], data=answers.pop(0)[1])
    person = Person(surroundings, Book(), "ann")
    assert person.post("https://provider", "/preauth", {}) == (201, {"paymentToken": "t"})
    answers = [(503, b"")] * ATTEMPTS
    with pytest.raises(GaveUp):
        person.post("https://provider", "/preauth", {})


@pytest.mark.parametrize(
    ("listed", "status", "expected"),
    [
        (["o"], "IN_PROGRESS", []),
        ([], "IN_PROGRESS", ["O2"]),
        (["other"], "IN_PROGRESS", ["O2"]),
        ([], "COMPLETED", []),
    ],
)
def test_a_packer_finds_what_was_started(listed: list[str], status: str, expected: list[str]) -> None:
    book, page = Book(), {"packagingRequestIds": listed, "nextToken": None}
    packer = Packer(_world(*[page] * 4, {"status": status}, is_calm=True), book, "packer-1")
    packer._look_for_started("o")
    assert _promises(book) == expected


@pytest.mark.parametrize(
    ("answer", "expected"), [({"orderId": "o"}, ["A1"]), (GraphQLError("INVALID_INPUT", "of another"), [])]
)
def test_the_number_of_another_order_is_refused(answer: Any, expected: list[str]) -> None:
    book = Book(accepted={"other": Accepted("other", "ann", "u", "k", "t", {})})
    deliverer = Deliverer(_world(answer, is_calm=True), book, "deliverer-1")
    deliverer._name_the_number_of_another("o")
    assert _promises(book) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (["no"] * 4, []),
        (["yes", "no", "no", "no"], ["M1"]),
        (["no", "yes", "no", "no"], ["M1"]),
        (["no", "no", "yes", "yes"], ["M1", "M1"]),
    ],
)
def test_the_provider_refuses_what_a_payment_does_not_allow(answers: list[str], expected: list[str]) -> None:
    asked: list[str] = []

    def request(_method: str, url: str, **_options: Any) -> Any:
        asked.append(url)
        ok = b"true" if answers[len(asked) - 1] == "yes" else b"false"
        return SimpleNamespace(status=200, data=b'{"ok": ' + ok + b"}")

    surroundings = _world(None, is_calm=True)
    surroundings.http_request = request
    surroundings.parameters = {"payment-3p/api/url": "https://pay", "payment-3p/secret/arn": "arn"}
    surroundings.secrets = {"arn": "secret"}
    accepted = {
        name: Accepted(name, "ann", "u", "k", f"token of {name}", {}) for name in ("brought", "ended", "unpaid")
    }
    book = Book(accepted=accepted, delivered=["brought", "unpaid"], cancelled={"ended"}, declined={"token of unpaid"})
    merchant = Merchant(surroundings, book, "merchant-1")
    merchant.finish()
    assert asked == []  # their payments may be under way
    merchant.finish()
    merchant.finish()
    paths = ["/processPayment", "/cancelPayment", "/processPayment", "/refund"]
    assert [url.removeprefix("https://pay") for url in asked] == paths
    assert _promises(book) == expected

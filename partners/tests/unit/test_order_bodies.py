"""The body of POST /orders."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecom.errors import InvalidInput
from ecom.mail_address import can_receive_mail
from partners_service.order_bodies import read_order

ADDRESS = {"name": "Acme Ltd", "streetAddress": "1 Example Street", "city": "Example City", "country": "DK"}
BODY: dict[str, Any] = {
    "reference": "PO-1",
    "products": [{"productId": "kettle", "quantity": 2}],
    "address": ADDRESS,
    "paymentToken": "token-1",
}

WITHOUT_MAIL = [
    "j\u00f6rg@example.com",
    "ann@ex\u00e4mple.com",
    "a,b@example.com",
    "a(b)@example.com",
    "a:b@example.com",
]


def test_the_reference_is_the_client_token_and_prices_are_open() -> None:
    lines = [*BODY["products"], {"productId": "cup", "quantity": 1}, {"productId": "kettle", "quantity": 3}]
    assert read_order({**BODY, "products": lines}).as_input() == {
        "products": [{"productId": "kettle", "quantity": 5}, {"productId": "cup", "quantity": 1}],
        "address": ADDRESS,
        "paymentToken": "token-1",
        "clientToken": "PO-1",
    }


def test_null_and_blank_are_absent() -> None:
    same = {**BODY, "contact": None, "address": {**ADDRESS, "state": None, "companyName": " "}}
    assert read_order(same) == read_order(BODY) == read_order({**BODY, "contact": {"email": None}})


@pytest.mark.parametrize(
    "change",
    [
        {"products": [{"productId": "kettle", "quantity": 3}]},
        {"address": {**ADDRESS, "city": "Other"}},
        {"paymentToken": "token-2"},
        {"contact": {"email": "ann@example.com"}},
    ],
)
def test_another_field_is_another_content(change: dict[str, Any]) -> None:
    assert read_order({**BODY, **change}).content_hash() != read_order(BODY).content_hash()


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"reference": None}, "reference"),
        ({"reference": " "}, "reference"),
        ({"reference": "x" * 65}, "reference"),
        ({"reference": "a\nb"}, "reference"),
        ({"products": []}, "products"),
        ({"products": [{"productId": f"p{n}", "quantity": 1} for n in range(51)]}, "products"),
        ({"products": [{"productId": "kettle"}]}, "quantity"),
        ({"products": [{"productId": "kettle", "quantity": 1, "price": 1}]}, "price"),
        ({"products": [{"productId": "kettle", "quantity": 600}] * 2}, "kettle"),
        ({"address": {**ADDRESS, "city": 7}}, "address.city"),
        ({"paymentToken": 7}, "paymentToken"),
        ({"contact": {"email": "ann"}}, "contact.email"),
        *(({"contact": {"email": email}}, "contact.email") for email in WITHOUT_MAIL),
        ({"contact": {"email": "ann@example.com", "phone": "1"}}, "phone"),
        ({"userId": "another"}, "userId"),
    ],
)
def test_what_is_malformed_is_named(change: dict[str, Any], names: str) -> None:
    with pytest.raises(InvalidInput, match=names):
        read_order({**BODY, **change})


@pytest.mark.parametrize("email", ["ann@example.com", "ann+shop@mail.example.com", "o'neil@example.com"])
def test_an_ordinary_address_is_a_contact(email: str) -> None:
    assert read_order({**BODY, "contact": {"email": email}}).email == email


@given(st.tuples(*[st.text(st.characters(max_codepoint=0x2FF), min_size=1, max_size=4)] * 2).map(".x@".join))
def test_a_contact_that_is_accepted_gets_mail(start: str) -> None:
    email = f"{start}.com"
    try:
        accepted = read_order({**BODY, "contact": {"email": email}}).email
    except InvalidInput:
        return
    assert accepted is not None
    assert can_receive_mail(accepted)

"""The contact of a partner's order. An answer outside the contract is an unknown outcome: TryAgain."""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.errors import TryAgain
from ecom.http import Request, SignedClient
from notifications_service.errors import InvalidAddress
from notifications_service.partner_contacts import PartnerContacts


def contact(status: int, body: Any) -> tuple[str | None, list[str]]:
    urls: list[str] = []

    def serve(request: Request) -> tuple[int, bytes]:
        urls.append(request.url)
        return status, json.dumps(body).encode()

    client = SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", serve, lambda seconds: None)
    return PartnerContacts(client, "https://partners").address_of_order("a/b"), urls


def test_the_contact_is_asked_for_by_the_orders_id() -> None:
    expected = ["https://partners/backend/contacts/a%2Fb"]
    assert contact(200, {"email": "orders@acme.example"}) == ("orders@acme.example", expected)
    assert contact(404, {"message": "there is no such order"}) == (None, expected)


@pytest.mark.parametrize(("status", "body"), [(200, {}), (200, {"email": 7}), (200, None), (500, {}), (503, {})])
def test_an_answer_outside_the_contract_is_try_again(status: int, body: Any) -> None:
    with pytest.raises(TryAgain):
        contact(status, body)


def test_an_address_that_could_add_a_header_is_refused() -> None:
    with pytest.raises(InvalidAddress):
        contact(200, {"email": "a@b.example, c@d.example"})

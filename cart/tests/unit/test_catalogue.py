"""Products asked over REST. An answer outside the contract is an unknown outcome."""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from cart_service.catalogue import CatalogueClient
from ecom.errors import PlatformError
from ecom.http import Request, SignedClient

KETTLE = {"productId": "kettle", "name": "Kettle", "price": 3990, "package": {"weight": 900}, "pictures": ["k.jpg"]}


def client(status: int, body: Any) -> tuple[CatalogueClient, list[Request]]:
    sent: list[Request] = []

    def transport(request: Request) -> tuple[int, bytes]:
        sent.append(request)
        return status, json.dumps(body).encode()

    signed = SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", transport, lambda _: None)
    return CatalogueClient(signed, "https://products"), sent


def test_one_request_asks_for_fifty_products() -> None:
    catalogue, sent = client(200, {"products": [KETTLE]})
    found = catalogue.products([f"{number:032x}" for number in range(50)])
    assert len(sent) == 1
    assert sent[0].url.count("ids=") == 50
    assert (found["kettle"].price, found["kettle"].pictures, found["kettle"].package) == (
        3990,
        ("k.jpg",),
        {"weight": 900},
    )


def test_nothing_is_asked_about_an_empty_cart() -> None:
    catalogue, sent = client(200, {"products": []})
    assert (catalogue.products([]), sent) == ({}, [])


def test_unusually_long_ids_are_asked_for_in_several_requests() -> None:
    catalogue, sent = client(200, {"products": []})
    catalogue.products([f"{number}" + "é" * 199 for number in range(6)] + ["a&b, c"])
    assert len(sent) > 1
    assert "a%26b%2C+c" in sent[-1].url


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, {"message": "no"}),
        (200, []),
        (200, {}),
        (200, {"products": [7]}),
        (200, {"products": [{**KETTLE, "price": "1"}]}),
        (200, {"products": [{**KETTLE, "price": -1}]}),
        (200, {"products": [{**KETTLE, "package": None}]}),
    ],
)
def test_an_answer_outside_the_contract(status: int, body: Any) -> None:
    catalogue, _ = client(status, body)
    with pytest.raises(PlatformError):
        catalogue.products(["kettle"])

"""Products by their ids over REST. An answer outside the contract is an unknown outcome."""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.catalogue_client import MAX_QUERY, CatalogueClient, batched_ids
from ecom.errors import PlatformError
from ecom.http import Request, SignedClient
from ecom.limits import MAX_PRODUCT_IDS

KETTLE = {"productId": "kettle", "name": "Kettle", "price": 3990, "package": {"weight": 900}, "pictures": ["k.jpg"]}


def client(status: int, body: Any) -> tuple[CatalogueClient, list[Request]]:
    sent: list[Request] = []

    def transport(request: Request) -> tuple[int, bytes]:
        sent.append(request)
        return status, json.dumps(body).encode()

    signed = SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", transport, lambda _: None)
    return CatalogueClient(signed, "https://products"), sent


def test_products_are_found_by_their_ids() -> None:
    catalogue, sent = client(200, {"products": [KETTLE]})
    assert catalogue.find(["kettle", "a&b, c"]) == {"kettle": KETTLE}
    assert [request.url for request in sent] == ["https://products/backend/products?ids=kettle&ids=a%26b%2C%20c"]


def test_nothing_is_asked_about_no_ids() -> None:
    catalogue, sent = client(200, {"products": []})
    assert (catalogue.find([]), sent) == ({}, [])


def test_a_request_has_at_most_as_many_ids_as_products_takes() -> None:
    catalogue, sent = client(200, {"products": []})
    catalogue.find([f"{number:032x}" for number in range(MAX_PRODUCT_IDS)])
    assert [request.url.count("ids=") for request in sent] == [MAX_PRODUCT_IDS]
    catalogue.find([f"{number:032x}" for number in range(MAX_PRODUCT_IDS + 1)])
    assert [request.url.count("ids=") for request in sent[1:]] == [MAX_PRODUCT_IDS, 1]


def test_ids_with_commas_count_as_often_as_products_splits_them() -> None:
    commas = "a,b,c,d,e"
    batches = list(batched_ids([*(f"{commas}{number}" for number in range(11)), "p-1", "," * 50, "p-2"]))
    assert [len(batch) for batch in batches] == [10, 3]
    assert batches[1][1:] == ["p-1", "p-2"]


def test_an_id_that_no_request_can_have_is_not_asked_for() -> None:
    """It would make the others unreadable, such as the other lines of a cart."""
    catalogue, sent = client(200, {"products": [KETTLE]})
    assert catalogue.find(["kettle", "," * MAX_PRODUCT_IDS]) == {"kettle": KETTLE}
    assert [request.url for request in sent] == ["https://products/backend/products?ids=kettle"]


def test_unusually_long_ids_are_asked_for_in_several_requests() -> None:
    catalogue, sent = client(200, {"products": []})
    catalogue.find([f"{number}" + "é" * 199 for number in range(9)])
    assert sum(request.url.count("ids=") for request in sent) == 9
    assert max(len(request.url.partition("?")[2]) for request in sent) <= MAX_QUERY


def test_the_catalogue_is_read_page_by_page() -> None:
    answers = [{"products": [KETTLE], "after": "p&1 a"}, {"products": [], "after": "2"}, {"products": [KETTLE]}]
    sent: list[Request] = []

    def transport(request: Request) -> tuple[int, bytes]:
        sent.append(request)
        return 200, json.dumps(answers[len(sent) - 1]).encode()

    signed = SignedClient(lambda: Credentials("AKID", "secret"), "eu-west-1", transport)
    assert list(CatalogueClient(signed, "https://products").pages()) == [[KETTLE], [], [KETTLE]]
    queries = ["", "?after=p%261%20a", "?after=2"]
    assert [request.url for request in sent] == [f"https://products/backend/products{query}" for query in queries]


@pytest.mark.parametrize("after", ["", 7, {}])
def test_a_next_page_that_is_none_is_refused(after: Any) -> None:
    catalogue, _ = client(200, {"products": [KETTLE], "after": after})
    with pytest.raises(PlatformError):
        list(catalogue.pages())


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"products": []}),
        (403, {"message": "no"}),
        (200, []),
        (200, {}),
        (200, {"products": [7]}),
        (200, {"products": [{**KETTLE, "productId": 7}]}),
        (200, {"products": [{**KETTLE, "name": None}]}),
        (200, {"products": [{**KETTLE, "price": "1"}]}),
        (200, {"products": [{**KETTLE, "price": -1}]}),
        (200, {"products": [{**KETTLE, "package": None}]}),
        (200, {"products": [{**KETTLE, "package": {"width": "x"}}]}),
    ],
)
def test_an_answer_outside_the_contract_is_an_unknown_outcome(status: int, body: Any) -> None:
    catalogue, _ = client(status, body)
    with pytest.raises(PlatformError):
        catalogue.find(["kettle"])

"""Answers of warehouse."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.http import Request, SignedClient, Unreachable
from search_service.clients import LevelsClient


def client(status: int, body: Any, sent: list[Request] | None = None) -> LevelsClient:
    def transport(request: Request) -> tuple[int, bytes]:
        if sent is not None:
            sent.append(request)
        return status, json.dumps(body).encode()

    signed = SignedClient(lambda: Credentials("key", "secret"), "eu-west-1", transport)
    return LevelsClient(signed, "https://warehouse.example/prod")


def levels(*found: tuple[str, str]) -> Any:
    return {"levels": [{"productId": product_id, "level": level, "version": 1} for product_id, level in found]}


def test_levels_by_product() -> None:
    sent: list[Request] = []
    assert client(200, levels(("a", "IN"), ("b", "OUT")), sent).of(["a", "b"]) == {"a": "IN", "b": "OUT"}
    (request,) = sent
    assert (request.method, request.url) == ("POST", "https://warehouse.example/prod/backend/levels")
    assert json.loads(request.body) == {"productIds": ["a", "b"]}


def test_nothing_is_asked_about_no_product() -> None:
    assert client(500, {}).of([]) == {}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, levels(("a", "IN"))),
        (200, levels(("a", "IN"), ("b", "SOME"))),
        (200, {"levels": None}),
        (200, []),
        (400, levels(("a", "IN"), ("b", "IN"))),
    ],
)
def test_an_answer_outside_the_contract_is_none(status: int, body: Any) -> None:
    asked: Sequence[str] = ["a", "b"]
    with pytest.raises(Unreachable):
        client(status, body).of(asked)

"""The client of orders: the order exists, does not exist, or that is unknown."""

import json
from typing import Any

import pytest
from botocore.credentials import Credentials

from ecom.http import Refused, Request, SignedClient, Unreachable
from ecom.order_client import OrdersClient

ORDER = {"orderId": "a/b?c", "userId": "user-1"}


def asking(status: int, body: Any, seen: list[Request]) -> OrdersClient:
    def transport(request: Request) -> tuple[int, bytes]:
        seen.append(request)
        return status, json.dumps(body).encode()

    client = SignedClient(lambda: Credentials("key", "secret"), "eu-west-1", transport, sleep=lambda _seconds: None)
    return OrdersClient(client, "https://orders.test/prod")


def test_the_request_has_the_id_and_is_signed() -> None:
    seen: list[Request] = []
    assert asking(200, ORDER, seen).find("a/b?c") == ORDER
    (request,) = seen
    assert (request.method, request.url) == ("GET", "https://orders.test/prod/backend/a%2Fb%3Fc")
    assert request.headers["Authorization"].startswith("AWS4-HMAC-SHA256")


def test_only_a_404_means_that_the_order_does_not_exist() -> None:
    assert asking(404, {"message": "no such order"}, []).find("order-1") is None


@pytest.mark.parametrize(("status", "body"), [(500, {}), (429, {}), (400, {}), (204, None), (200, [])])
def test_any_other_response_is_unknown(status: int, body: Any) -> None:
    with pytest.raises(Unreachable):
        asking(status, body, []).find("order-1")


def test_a_403_is_raised() -> None:
    with pytest.raises(Refused):
        asking(403, {}, []).find("order-1")

"""The handlers."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from delivery_pricing_service.handlers import graphql_delivery_pricing, rest_pricing
from ecom_testkit.lambda_events import LambdaContext, field_event, person, rest_event

Build = Callable[..., dict[str, Any]]


def post(body: Any) -> tuple[int, dict[str, Any]]:
    answer = rest_pricing.handler(rest_event("POST", "/backend/pricing", body), LambdaContext())
    return answer["statusCode"], json.loads(answer["body"])


def ask(products: Any, address: Any) -> Any:
    arguments = {"input": {"products": products, "address": address}}
    return graphql_delivery_pricing.handler(field_event("getDeliveryPricing", arguments, person()), LambdaContext())


def test_rest_and_graphql_return_the_same_price(line: Build, address: Build) -> None:
    assert post({"products": [line(quantity=8)], "address": address()}) == (200, {"pricing": 1500})
    assert ask([line(quantity=8)], address()) == {"pricing": 1500}


def test_the_address_of_an_order_has_a_price(line: Build, address: Build) -> None:
    """getOrder answers a phone number that is not known as an empty text."""
    given = address(companyName=None, postCode=None, phoneNumber="")
    assert post({"products": [line()], "address": given}) == (200, {"pricing": 1500})
    assert ask([line()], given) == {"pricing": 1500}


@pytest.mark.parametrize("body", ["", "{", "[]", {}, {"products": []}, {"address": {"country": "US"}}])
def test_a_malformed_body_is_a_400_with_the_reason(body: Any) -> None:
    status, answer = post(body)
    assert (status, bool(answer["message"])) == (400, True)


def test_graphql_returns_a_typed_error(line: Build, address: Build) -> None:
    assert ask([line(quantity=0)], address())["error"]["type"] == "INVALID_INPUT"

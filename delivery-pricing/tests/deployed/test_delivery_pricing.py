"""The deployed service: REST and GraphQL. The same tests run against the local cloud and AWS."""

from collections.abc import Callable
from typing import Any

import pytest

from ecom_client.people import Person
from ecom_client.platform import Platform, send

pytestmark = pytest.mark.deployed
Build = Callable[..., dict[str, Any]]
QUERY = "query Q($input: DeliveryPricingInput!) { getDeliveryPricing(input: $input) { pricing } }"


@pytest.fixture
def url(platform_outside: Platform) -> str:
    return platform_outside.parameter("delivery-pricing/api/url") + "/backend/pricing"


def test_the_parameters_url_and_domain_agree(platform_outside: Platform, url: str) -> None:
    domain = platform_outside.parameter("delivery-pricing/api/domain")
    assert url.split("/")[2] == domain
    assert platform_outside.parameter("delivery-pricing/api/arn").endswith("/prod")


@pytest.mark.parametrize(("country", "fee"), [("dk", 0), ("PL", 1000), ("GR", 1000), ("CA", 1500), ("GB", 2500)])
def test_rest_and_graphql_agree(
    platform_outside: Platform, shopper: Person, url: str, line: Build, address: Build, country: str, fee: int
) -> None:
    request = {
        "products": [line(quantity=9, category=None), line(package={"weight": 4_000, "width": None})],
        "address": address(country=country, companyName="", phoneNumber=""),
    }
    answer = platform_outside.signed("POST", url, request)
    assert (answer.status, answer.body) == (200, {"pricing": 2 * fee})
    answer = platform_outside.graphql(QUERY, {"input": request}, token=shopper.id_token)
    assert answer.body == {"data": {"getDeliveryPricing": {"pricing": 2 * fee}}}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"products": None}, "products"),
        ({"products": []}, "products"),
        ({"products": [{"productId": "x"}]}, "package"),
        ({"products": [{"package": {}, "quantity": 0}]}, "quantity"),
        ({"products": [{"package": {"width": -1}}]}, "width"),
        ({"products": [{"package": {}, "total": 1}]}, "total"),
        ({"address": None}, "address"),
        ({"address": {}}, "country"),
        ({"address": {"country": "DNK"}}, "country"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_malformed_body_is_a_400_that_names_the_field(
    platform_outside: Platform, url: str, line: Build, address: Build, change: dict[str, Any], field: str
) -> None:
    answer = platform_outside.signed("POST", url, {"products": [line()], "address": address(), **change})
    assert answer.status == 400
    assert field in answer.body["message"]


@pytest.mark.parametrize("body", [None, b"{", b"[]"])
def test_a_body_that_is_not_an_object_is_a_400(platform_outside: Platform, url: str, body: Any) -> None:
    answer = platform_outside.signed("POST", url, body)
    assert (answer.status, bool(answer.body["message"])) == (400, True)


def test_an_unsigned_request_is_refused(url: str, line: Build, address: Build) -> None:
    answer = send("POST", url, {"products": [line()], "address": address()})
    assert (answer.status, list(answer.body)) == (403, ["message"])


def test_graphql_requires_a_user_and_types_its_errors(
    platform_outside: Platform, shopper: Person, api_key: str, line: Build, address: Build
) -> None:
    variables = {"input": {"products": [line(quantity=1001)], "address": address()}}
    refused = platform_outside.graphql(QUERY, variables, key=api_key)
    assert [error["errorType"] for error in refused.body["errors"]] == ["Unauthorized"]
    wrong = platform_outside.graphql(QUERY, variables, token=shopper.access_token)
    assert [error["errorType"] for error in wrong.body["errors"]] == ["INVALID_INPUT"]

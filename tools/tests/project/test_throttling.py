"""Callers without a token use up no more of the account's requests than the stage of an API allows."""

import pytest

from tools.project.authorisation import ANONYMOUS, expected
from tools.project.services import Service, discover

# Amazon API Gateway quotas: requests a second of an account and region.
ACCOUNT_REQUESTS = 10_000
OPEN = sorted({route.split()[0] for route, verdicts in expected()["rest"].items() if ANONYMOUS in verdicts.reach})
SERVICES = discover()


def unthrottled(service: Service) -> list[str]:
    """The REST APIs without a limit for each method, and those whose limit lets one service use up the account's."""
    found = []
    for name, resource in service.template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Api":
            continue
        all_methods = [
            each
            for each in resource["Properties"].get("MethodSettings", ())
            if (each["ResourcePath"], each["HttpMethod"]) == ("/*", "*")
        ]
        limits = [each.get(key, {}) for each in all_methods for key in ("ThrottlingRateLimit", "ThrottlingBurstLimit")]
        defaults = [service.template["Parameters"].get(limit.get("Ref"), {}).get("Default", 0) for limit in limits]
        if len(limits) != 2 or not all(0 < each < ACCOUNT_REQUESTS for each in defaults):
            found.append(name)
    return found


def test_the_open_routes_are_known() -> None:
    assert {"cart", "payment-3p", "returns"} <= set(OPEN)


@pytest.mark.parametrize("service", OPEN)
def test_an_api_that_anybody_reaches_is_throttled(service: str) -> None:
    assert unthrottled(SERVICES[service]) == []


def test_an_api_without_a_limit_is_found() -> None:
    assert unthrottled(SERVICES["products"]) == ["Api"]

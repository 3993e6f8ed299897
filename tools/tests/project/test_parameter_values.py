"""Which values a template allows for a parameter."""

from typing import Any

import pytest

from tools.project.parameter_values import refusal
from tools.project.services import discover

NUMBER = {"Type": "Number", "MinValue": 2, "MaxValue": 10}
PATTERN = {"Type": "String", "AllowedPattern": "0|[1-9][0-9]+"}


@pytest.mark.parametrize(
    ("parameter", "value", "why"),
    [
        (NUMBER, "2", ""),
        (NUMBER, "1", "must be 2 at least"),
        (NUMBER, "10.5", "must be 10 at most"),
        (NUMBER, "many", "must be a number"),
        ({"Type": "String"}, "many", ""),
        (PATTERN, "0", ""),
        (PATTERN, "10", ""),
        (PATTERN, "5", "must match 0|[1-9][0-9]+"),
        (PATTERN, "10 ", "must match 0|[1-9][0-9]+"),
        ({**PATTERN, "ConstraintDescription": "must be 0, or 10 at least"}, "5", "must be 0, or 10 at least"),
        ({"Type": "String", "AllowedValues": ["OFF", "OPTIONAL"]}, "ON", "must be one of OFF, OPTIONAL"),
    ],
)
def test_what_cloudformation_would_refuse(parameter: dict[str, Any], value: str, why: str) -> None:
    assert refusal(parameter, value) == why


@pytest.mark.parametrize(
    ("service", "name"),
    [("users", "MailsPerAddress"), ("frontend-api", "RequestsPerAddress"), ("frontend-api", "SearchesPerAddress")],
)
def test_a_limit_of_the_firewall_is_0_or_10_at_least(service: str, name: str) -> None:
    parameter = discover()[service].template["Parameters"][name]
    assert [number for number in range(1001) if not refusal(parameter, str(number))] == [0, *range(10, 1001)]
    assert refusal(parameter, "5") == "must be 0, or 10 at least, the least limit of AWS WAF"

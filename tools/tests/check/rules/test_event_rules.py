"""Rules name their events in full."""

from typing import Any

import pytest
import yaml

from tools.check.rules.event_rules import check_rules
from tools.tests.check.rules.conftest import MakeRepository


def template(pattern: Any, *, sam: bool = False) -> str:
    if sam:
        event = {"Type": "EventBridgeRule", "Properties": {"Pattern": pattern}}
        resource: Any = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"Heard": event}}}
    else:
        resource = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern}}
    return yaml.safe_dump({"Resources": {"Rule": resource}})


@pytest.mark.parametrize("sam", [False, True])
@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["ecommerce.orders"], "detail-type": ["OrderCreated"]}, None),
        ({"source": ["ecommerce.orders"], "detail-type": ["OrderCreated"], "detail": {"total": [1]}}, None),
        ({"source": [{"prefix": "ecommerce."}]}, None),
        ({"source": ["aws.s3"]}, None),
        ({"source": [{"prefix": "aws."}]}, None),
        ({"source": ["ecommerce.orders"]}, "does not name its events in full"),
        ({"source": [{"prefix": "ecommerce."}], "detail-type": ["OrderCreated"]}, "does not name its events in full"),
        ({"source": ["ecommerce.orders"], "detail-type": [{"prefix": "Order"}]}, "does not name its events in full"),
        ({"source": ["ecommerce.orders"], "detail-type": ["OrderCreate"]}, "names OrderCreate of ecommerce.orders"),
        ({"source": ["ecommerce.orders", "ecommerce.users"], "detail-type": ["OrderCreated"]}, "of ecommerce.users"),
    ],
)
def test_a_rule(make: MakeRepository, pattern: Any, expected: str | None, sam: bool) -> None:
    found = list(
        check_rules(make({"users/template.yaml": template(pattern, sam=sam), "orders/events/OrderCreated.json": "{}"}))
    )
    assert [expected in finding.what for finding in found if expected] == ([True] if expected else [])
    assert bool(found) == bool(expected)


@pytest.mark.parametrize("text", ["", "[]", "Resources: []", "Resources: {Rule: {}}", "{"])
def test_a_broken_template_is_for_another_check(make: MakeRepository, text: str) -> None:
    assert list(check_rules(make({"users/template.yaml": text}))) == []

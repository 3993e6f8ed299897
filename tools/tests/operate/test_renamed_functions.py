"""A dead letter that names a function of an earlier version goes to the function's present name."""

import pytest

from tools import ROOT
from tools.operate.redrive.renamed_functions import RENAMED, present_name


@pytest.mark.parametrize("name", sorted(RENAMED.values()))
def test_the_present_name_is_a_function_of_a_template(name: str) -> None:
    templates = [path.read_text() for path in ROOT.glob("*/template.yaml")]
    assert any(f"FunctionName: !Sub ecommerce-${{Environment}}-{name}\n" in text for text in templates)


@pytest.mark.parametrize(
    ("old", "present"),
    [
        ("ecommerce-prod-orders-facts", "ecommerce-prod-orders-on-fulfilment-event"),
        (
            "arn:aws:lambda:eu-west-1:111122223333:function:ecommerce-my-dev-warehouse-order-news:live",
            "arn:aws:lambda:eu-west-1:111122223333:function:ecommerce-my-dev-warehouse-on-order-event:live",
        ),
        ("ecommerce-prod-orders-on-fulfilment-event", "ecommerce-prod-orders-on-fulfilment-event"),
        ("ecommerce-prod-orders-facts-of-another", "ecommerce-prod-orders-facts-of-another"),
        ("f", "f"),
    ],
)
def test_an_old_name_is_replaced(old: str, present: str) -> None:
    assert present_name(old) == present

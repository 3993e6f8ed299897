"""REST APIs take as many lines as createOrder does: a service with fewer would refuse orders of others."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from ecom.limits import MAX_LINES, MAX_PRODUCT_IDS
from tools import ROOT

# Lists of something else than lines of an order or ids of products.
OTHERS = {"tags", "pictures", "OrderIds"}
DOCUMENTS = sorted(path.parent.name for path in ROOT.glob("*/openapi.yaml") if path.parent.name != "payment-3p")


def limits_of(name: str, value: Any) -> Iterator[tuple[str, int]]:
    """Each list with a limit, by the name of its field."""
    if isinstance(value, dict):
        if "maxItems" in value:
            yield name, value["maxItems"]
        for key, each in value.items():
            yield from limits_of(key, each)
    elif isinstance(value, list):
        for each in value:
            yield from limits_of(name, each)


@pytest.mark.parametrize("service", DOCUMENTS)
def test_a_list_of_lines_or_products_has_the_limit_of_an_order(service: str) -> None:
    schemas = yaml.safe_load((ROOT / service / "openapi.yaml").read_text()).get("components", {}).get("schemas", {})
    wrong = {name: most for name, most in limits_of("", schemas) if name not in OTHERS and most != MAX_LINES}
    assert wrong == {}


def test_lines_and_products_have_one_limit() -> None:
    assert MAX_LINES == MAX_PRODUCT_IDS == 50

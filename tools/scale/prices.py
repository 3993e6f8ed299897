"""AWS's list prices, from the dated table beside this module, without free tiers and discounts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "prices.json").read_text())
DATE, REGION = str(TABLE["date"]), str(TABLE["region"])
# A unit that an order uses -> US dollars of one, and the AWS product.
PER_UNIT: dict[str, tuple[float, str]] = {
    row["unit"]: (row["dollars"] / row["per"], row["product"]) for row in TABLE["used"]
}
# What exists whether or not there are orders -> US dollars of a month.
PER_MONTH: dict[str, float] = {row["thing"]: row["dollars"] for row in TABLE["month"]}
PRODUCT_OF: dict[str, str] = {row["thing"]: row["product"] for row in TABLE["month"]}


def of(units: Mapping[str, float]) -> dict[str, float]:
    """What the units cost, by AWS product. Units without a price, such as deliveries to functions, cost nothing."""
    costs: dict[str, float] = {}
    for name, amount in units.items():
        if name in PER_UNIT:
            price, product = PER_UNIT[name]
            costs[product] = costs.get(product, 0.0) + amount * price
    return costs

"""`make cost`: what 1,000 orders cost on AWS, by service and product, and what a month costs.

An order is one of three products, from createOrder to the captured payment, with its mails, as `make bench
ONLY=journey` counts it on the local cloud. Prices are AWS's list prices (tools/scale/prices.json). MEASURE=1 counts
anew first, on a platform of its own, in about two minutes, and writes the counts into the checkout (docs/scale.md).
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from tools.bench._measured import MEASURED, Measured
from tools.project.command import Parser, end
from tools.project.services import of_platform
from tools.scale import prices
from tools.scale.limits import DAY
from tools.scale.model import POLLED, at_rest, by_service, counts, monthly
from tools.scale.page import PAGE, PER_ORDER, page

Row = tuple[str | float, ...]
ORDERS_A_DAY = (10, 1_000, 100_000)
NOT_IN_IT = (
    "Not in it: free tiers, support, taxes; the payment provider; sign-ups, pages of the catalogue, carts and returns;"
    " storage (DynamoDB keeps orders at 0.25 dollars for a GB and month), backups, data transfer, pipelines; and"
    " Cognito, which charges for each active user of a month."
)


def main(argv: Sequence[str]) -> int:
    asked = arguments(argv)
    if asked.measure:
        from tools.bench import journey  # the bench imports this package's prices

        journey.count()
        Measured.read(MEASURED).write(PER_ORDER)
        PAGE.write_text(page(PAGE.read_text(), Measured.read(PER_ORDER)))
    measured = Measured.read(PER_ORDER)
    sys.stdout.write(json.dumps(document(measured), indent=2) + "\n" if asked.json else text(measured))
    return 0


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = Parser(prog="make cost", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="count on the local cloud first (make: MEASURE=1)")
    parser.add_argument("--json", action="store_true", help="one JSON document, for a script")
    return parser.parse_args(argv)


def thousand_orders(measured: Measured) -> dict[str, dict[str, float]]:
    """Service -> AWS product -> US dollars of 1,000 orders."""
    return {
        service: {product: cost * 1000 for product, cost in prices.of(units).items()}
        for service, units in by_service(measured).items()
    }


def idle() -> dict[str, float]:
    """AWS product -> US dollars of a month without an order."""
    found: dict[str, float] = {}
    for thing, (_, cost) in at_rest(of_platform().values()).items():
        product = "SQS" if thing == POLLED else prices.PRODUCT_OF[thing]
        found[product] = found.get(product, 0.0) + cost
    return found


def month(measured: Measured, orders_a_day: float) -> dict[str, float]:
    """AWS product -> US dollars of a month's orders, without what a month costs anyway."""
    return monthly(counts(measured), orders_a_day / DAY)


def document(measured: Measured) -> dict[str, object]:
    return {
        "prices": {"region": prices.REGION, "date": prices.DATE},
        "counted": measured.date,
        "currency": "USD",
        "thousandOrders": thousand_orders(measured),
        "idleMonth": idle(),
        "months": {str(number): month(measured, number) for number in ORDERS_A_DAY},
    }


def text(measured: Measured) -> str:
    by = thousand_orders(measured)
    products = _by_cost(by.values())
    months = [idle(), *(month(measured, number) for number in ORDERS_A_DAY)]
    heads = ["idle", *(f"{number:,} a day" for number in ORDERS_A_DAY)]
    rows: list[Row] = [(product, *(each.get(product, 0.0) for each in months)) for product in _by_cost(months)]
    sums = [sum(each.values()) for each in months]
    rows += [("all orders", *sums), ("with idle", sums[0], *(sums[0] + each for each in sums[1:]))]
    services: list[Row] = [(service, *_with_sum(costs, products)) for service, costs in by.items()]
    services.append(("all", *_with_sum(_sum(by.values()), products)))
    return "\n".join([
        f"US dollars, list prices of {prices.REGION} of {prices.DATE}; counted on the local cloud on {measured.date}",
        "",
        "1,000 orders",
        *_table(["", *products, "all"], services, 4),
        "",
        "A month (30 days)",
        *_table(["", *heads], rows, 2),
        "",
        NOT_IN_IT,
        "",
    ])  # fmt: skip


def _by_cost(costs: Iterable[Mapping[str, float]]) -> list[str]:
    total = _sum(costs)
    return sorted(total, key=lambda product: -total[product])


def _sum(costs: Iterable[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for each in costs:
        for product, cost in each.items():
            total[product] = total.get(product, 0.0) + cost
    return total


def _with_sum(costs: Mapping[str, float], products: Sequence[str]) -> list[float]:
    return [*(costs.get(product, 0.0) for product in products), sum(costs.values())]


def _table(heads: Sequence[str], rows: Sequence[Row], digits: int) -> list[str]:
    lines = [list(heads), *([str(row[0]), *(f"{value:,.{digits}f}" for value in row[1:])] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return [_line(line, widths) for line in lines]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    right = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return "  ".join([cells[0].ljust(widths[0]), *right]).rstrip()


if __name__ == "__main__":
    end(main)

"""The tables of the simulated world as plain values, for invariants."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ecom.dynamo_values import Item, plain

if TYPE_CHECKING:
    from tools.sim.world import World

ORDERS, WAREHOUSE, PAYMENT = (
    "ecommerce-dev-orders-Table",
    "ecommerce-dev-warehouse-Table",
    "ecommerce-dev-payment-Table",
)
CARTS = "ecommerce-dev-cart-Table"
CHECKOUTS = "ecommerce-dev-cart-CheckoutsTable"
TOKENS = "ecommerce-dev-orders-PaymentTokens"
ADDRESSES = "ecommerce-dev-notifications-Addresses"
PARTNER_REQUESTS = "ecommerce-dev-partners-RequestsTable"
RETURNS = "ecommerce-dev-returns-Table"
REFUNDS = "ecommerce-dev-payment-RefundsTable"
PRODUCTS = "ecommerce-dev-products-Table"
DELIVERY, PROVIDER = "ecommerce-dev-delivery-Table", "ecommerce-dev-payment-3p-Table"


class Reading:
    """Rows by their ids, as they are when a method is called."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def _rows(self, table: str) -> Iterator[Item]:
        for item in self._world.items(table).values():
            yield plain(item)

    def orders(self) -> dict[str, Item]:
        return {row["orderId"]: row for row in self._rows(ORDERS)}

    def payments(self) -> dict[str, Item]:
        return {row["orderId"]: row for row in self._rows(PAYMENT)}

    def refunds(self) -> dict[str, Item]:
        return {row["refundId"]: row for row in self._rows(REFUNDS)}

    def deliveries(self) -> dict[str, Item]:
        return {row["orderId"]: row for row in self._rows(DELIVERY)}

    def holds(self) -> dict[str, Item]:
        """The provider's ledger, by payment token."""
        return {row["paymentToken"]: row for row in self._rows(PROVIDER)}

    def returns(self) -> dict[str, Item]:
        """By the id of the return, without those whose request broke a rule."""
        return {
            row["id"].removeprefix("return#"): row
            for row in self._rows(RETURNS)
            if row["id"].startswith("return#") and "orderId" in row
        }

    def units_in_returns(self) -> dict[str, dict[str, int]]:
        """By order: the units that *returns* counts as held by returns."""
        return {
            row["id"].removeprefix("order#"): {product: int(units) for product, units in row["units"].items()}
            for row in self._rows(RETURNS)
            if row["id"].startswith("order#")
        }

    def restocked_returns(self) -> dict[str, Item]:
        """The warehouse's rows about returns whose units it took, by the id of the return."""
        return {
            row["id"].removeprefix("return#"): row for row in self._rows(WAREHOUSE) if row["id"].startswith("return#")
        }

    def carts(self) -> dict[str, dict[str, int]]:
        """Units by product of the carts of shoppers."""
        return {
            row["cartKey"].removeprefix("user#"): {line["productId"]: int(line["quantity"]) for line in row["lines"]}
            for row in self._rows(CARTS)
            if row["cartKey"].startswith("user#")
        }

    def checkouts(self) -> dict[str, Item]:
        return {row["orderId"]: row for row in self._rows(CHECKOUTS)}

    def partners_requests(self) -> dict[str, Item]:
        return {row["orderId"]: row for row in self._rows(PARTNER_REQUESTS)}

    def packaging_requests(self) -> dict[str, Item]:
        return {
            row["id"].removeprefix("order#"): row for row in self._rows(WAREHOUSE) if row["id"].startswith("order#")
        }

    def left(self) -> Counter[str]:
        """The units of tracked products that left with packages and did not come back, also not with a return."""
        left: Counter[str] = Counter()
        for request in self.packaging_requests().values():
            if request["status"] == "COMPLETED" and not request.get("deliveryFailed"):
                for line in request["lines"]:
                    left[line["productId"]] += line["packaged"] if line["tracked"] else 0
        for restocked in self.restocked_returns().values():
            left.subtract({product: int(units) for product, units in restocked["units"].items()})
        return left

    def stock(self) -> dict[str, dict[str, int]]:
        """Available and reserved units by product, of its own row and of its shards."""
        found: dict[str, dict[str, int]] = {}
        for row in self._rows(WAREHOUSE):
            if row["id"].startswith(("order#", "return#")):
                continue
            product = product_of(row)
            units = found.setdefault(product, {"available": 0, "reserved": 0})
            units["available"] += row["available"]
            units["reserved"] += row["reserved"]
        return found


def product_of(row: Any) -> str:
    """The product of a row `stock#<product>` or `shard#<number>#<product>`."""
    kind, _, rest = str(row["id"]).partition("#")
    return rest if kind == "stock" else rest.partition("#")[2]

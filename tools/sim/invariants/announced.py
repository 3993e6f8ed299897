"""What a change of a row announces, by the contracts: written once more, and not taken from the services."""

from collections.abc import Callable, Mapping

from tools.sim.dynamodb.expressions import Item
from tools.sim.invariants.reading import DELIVERY, ORDERS, PAYMENT, PRODUCTS, REFUNDS, RETURNS, WAREHOUSE

STOCK = "stock#"
OF_SHARDS = frozenset({"shards", "spread", "elsewhere"})
MODIFIED = {ORDERS: "OrderModified", PRODUCTS: "ProductModified"}
# What these events do not publish.
PRIVATE = frozenset({"etag", "version", "followedUntil", "correlationId"})
# As the template of warehouse has it by default.
LOW_STOCK = 5


def _order(old: Item | None, new: Item | None) -> str | None:
    if old is None or new is None:
        return "OrderCreated" if old is None else "OrderDeleted"
    return (
        "OrderModified"
        if _differ(old, new, "status", "paymentStatus", "products", "total", "packagedDate", "refunded")
        else None
    )


def _request(old: Item | None, new: Item | None) -> str | None:
    if new is not None and new["id"]["S"].startswith(STOCK):
        return _stock(old, new)
    if new is None or "status" not in new or (old is not None and old.get("status") == new["status"]):
        return None
    ends = {"COMPLETED": "PackageCreated", "FAILED": "PackagingFailed", "CANCELLED": "PackagingCancelled"}
    return ends.get(new["status"]["S"])


def _stock(old: Item | None, new: Item) -> str | None:
    """The first count of a product, and each change of its level. What is left of a product in shards is not one
    row's matter."""
    if any(name in row for row in (old or {}, new) for name in OF_SHARDS):
        return None
    return "StockChanged" if old is None or level_of(old) != level_of(new) else None


def level_of(row: Item) -> str:
    available = int(row["available"]["N"])
    return "OUT" if available <= 0 else "LOW" if available <= LOW_STOCK else "IN"


def _payment(old: Item | None, new: Item | None) -> str | None:
    if old is None or new is None or not _differ(old, new, "status", "refunded"):
        return None
    if _differ(old, new, "refunded"):
        return "PaymentRefunded"
    ends = {"CAPTURED": "PaymentCaptured", "VOIDED": "PaymentVoided", "FAILED": "PaymentFailed"}
    return ends.get(new["status"]["S"])


def _delivery(old: Item | None, new: Item | None) -> str | None:
    if old is None or new is None or not _differ(old, new, "status"):
        return None
    steps = {"IN_PROGRESS": "DeliveryStarted", "COMPLETED": "DeliveryCompleted", "FAILED": "DeliveryFailed"}
    return steps.get(new["status"]["S"])


def _product(old: Item | None, new: Item | None) -> str | None:
    if old is None or new is None:
        return "ProductCreated" if old is None else "ProductDeleted"
    return "ProductModified" if _differ(old, new, "name", "price", "package") else None


def _refund(_old: Item | None, _new: Item | None) -> str | None:
    """A refund is announced by the row of its payment, once it is done."""
    return None


def _return(old: Item | None, new: Item | None) -> str | None:
    """A request that broke a rule announces nothing, and neither do other rows of the table."""
    if new is None or "orderId" not in new or (old is not None and not _differ(old, new, "status")):
        return None
    return f"Return{new['status']['S'].capitalize()}"


def _differ(old: Item, new: Item, *names: str) -> bool:
    return any(old.get(name) != new.get(name) for name in names)


# What a change of a row announces, by the contracts, and by which service.
ANNOUNCED: Mapping[str, tuple[str, Callable[[Item | None, Item | None], str | None]]] = {
    ORDERS: ("ecommerce.orders", _order),
    WAREHOUSE: ("ecommerce.warehouse", _request),
    PAYMENT: ("ecommerce.payment", _payment),
    REFUNDS: ("ecommerce.payment", _refund),
    RETURNS: ("ecommerce.returns", _return),
    DELIVERY: ("ecommerce.delivery", _delivery),
    PRODUCTS: ("ecommerce.products", _product),
}


def may_announce(table: str, old: Item | None, new: Item | None) -> str | None:
    """What may be announced and need not be. A count of stock that changes no level looks like a sale in the row.
    A late event changes an order's shipment or captured amount, or only the time of its last change. An admin who puts
    the same product in again changes the time alone."""
    if old is None or new is None:
        return None
    if table in MODIFIED:
        return MODIFIED[table] if any(_differ(old, new, name) for name in (*old, *new) if name not in PRIVATE) else None
    is_stock = table == WAREHOUSE and new["id"]["S"].startswith(STOCK)
    return "StockChanged" if is_stock and _differ(old, new, "version") else None

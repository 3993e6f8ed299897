"""A small simulated world at rest, in which a test changes one thing: one delivered order with a return."""

from collections import Counter
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from ecom.dynamo_values import typed
from ecom.events import event_id
from tools.sim.invariants.announced import ANNOUNCED
from tools.sim.invariants.quiet_world import QuietWorld
from tools.sim.invariants.reading import (
    DELIVERY,
    ORDERS,
    PAYMENT,
    PROVIDER,
    REFUNDS,
    RETURNS,
    WAREHOUSE,
)
from tools.sim.mail import Mailbox, SentMail, address_of
from tools.sim.people.book import Accepted, Book

KEYS = {
    ORDERS: "orderId",
    WAREHOUSE: "id",
    DELIVERY: "orderId",
    PROVIDER: "paymentToken",
    PAYMENT: "orderId",
    REFUNDS: "refundId",
    RETURNS: "id",
}
OWN, USER, TOKEN = "order-1", "user-1", "token-1"
RETURN = f"{USER}_a"


def rows() -> dict[str, dict[str, Any]]:
    """The rows of the tables, by their ids."""
    line = {"productId": "p", "name": "Product p", "price": 300, "quantity": 2}
    back = {"productId": "p", "price": 300, "quantity": 1, "received": 1, "restocked": 1}
    return {
        ORDERS: {
            OWN: {
                "orderId": OWN,
                "userId": USER,
                "status": "FULFILLED",
                "paymentStatus": "PARTIALLY_REFUNDED",
                "paymentToken": TOKEN,
                "total": 700,
                "deliveryPrice": 100,
                "refunded": 300,
                "packagedDate": "2026",
                "products": [line],
            }
        },
        WAREHOUSE: {
            OWN: {
                "id": f"order#{OWN}",
                "status": "COMPLETED",
                "lines": [{"productId": "p", "quantity": 2, "packaged": 2, "tracked": True}],
            },
            "p": {"id": "stock#p", "available": 9, "reserved": 0},
            RETURN: {"id": f"return#{RETURN}", "units": {"p": 1}, "restockedDate": "2026-03-01T12:00:00.000Z"},
        },
        DELIVERY: {OWN: {"orderId": OWN, "status": "COMPLETED"}},
        PROVIDER: {
            TOKEN: {
                "paymentToken": TOKEN, "status": "CAPTURED", "authorised": 800, "captured": 700, "refunded": 300,
            },
        },
        PAYMENT: {
            OWN: {
                "orderId": OWN, "paymentToken": TOKEN, "status": "CAPTURED", "amount": 700, "refunded": 300,
                "refunding": 0,
            },
        },
        REFUNDS: {RETURN: {"refundId": RETURN, "orderId": OWN, "status": "DONE", "amount": 300}},
        RETURNS: {
            RETURN: {
                "id": f"return#{RETURN}", "orderId": OWN, "userId": USER, "status": "REFUNDED", "refund": 300,
                "lines": [back], "history": [],
            },
            OWN: {"id": f"order#{OWN}", "units": {"p": 1}},
        },
    }  # fmt: skip


def book() -> Book:
    accepted = Accepted(OWN, "shopper-1", USER, "client-1", TOKEN, {})
    return Book(
        products=["p"],
        accepted={OWN: accepted},
        asked_to_deliver={OWN},
        counted={"p": (10, 0)},
        counted_since={"p": 0.0},
        goods_received={RETURN: [{"p": (1, 1)}]},
        finished={"packer-1", "deliverer-1"},
    )


class World:
    """What invariants read of a world."""

    def __init__(self, changed: Mapping[str, dict[str, Any]]) -> None:
        self.tables = {
            name: {
                (row[KEYS[name]],): typed(row) for row in {**found, **changed.get(name, {})}.values() if row is not None
            }
            for name, found in rows().items()
        }
        self.store = SimpleNamespace(tables={name: SimpleNamespace(items=items) for name, items in self.tables.items()})
        self.mailbox = Mailbox()
        self.events: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.consumed: set[tuple[str, str]] = set()
        self.losses: list[str] = []
        self.denials: Counter[str] = Counter()
        self.queues: dict[str, Any] = {}
        self.state_machines = SimpleNamespace(executions=list)
        self.faults = SimpleNamespace(fault_decisions=SimpleNamespace(fired=[]))
        self.scheduler = SimpleNamespace(now=1000.0)

    def items(self, table: str) -> Any:
        return self.tables.get(table, {})

    def now(self) -> float:
        return float(self.scheduler.now)


def world(**changed: Any) -> Any:
    """The world; `changed` has the rows of a table, by the name of the module's constant, that differ."""
    return World({TABLES[name]: found for name, found in changed.items()})


TABLES = {
    "orders": ORDERS,
    "warehouse": WAREHOUSE,
    "delivery": DELIVERY,
    "provider": PROVIDER,
    "payment": PAYMENT,
    "refunds": REFUNDS,
    "returns": RETURNS,
}


def row(table: str, key: str, **changed: Any) -> dict[str, Any]:
    return {key: {**rows()[TABLES[table]][key], **changed}}


def broken(at_rest: Any, of: Book) -> set[str]:
    """The names of the promises that QuietWorld finds broken."""
    return {violation.name for violation in QuietWorld(at_rest, of).violations()}


def names_in(check: Callable[[Any], Any], at_rest: Any) -> list[str]:
    return [violation.name for violation in check(at_rest)]


def published(name: str, table: str, old: Any, new: Any, /, **detail: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A record of a table's stream, and the event that it is published as."""
    source = ANNOUNCED[table][0]
    image = new or old
    key = next(name for name in ("orderId", "id", "productId") if name in image)
    keys = {key: image[key]}
    images = {"OldImage": old and typed(old), "NewImage": new and typed(new)}
    record = {
        "eventID": f"{name}-1",
        "eventSourceARN": f"arn/{table}/stream",
        "dynamodb": {"Keys": typed(keys), **{key: each for key, each in images.items() if each}},
    }
    metadata = {"eventId": event_id(source, f"{name}-1"), "sequence": int(image.get("version", 0)) + (new is None)}
    event = {
        "id": f"event-{name}", "source": source, "detail-type": name, "resources": [str(next(iter(keys.values())))],
        "detail": {**detail, "metadata": metadata},
    }  # fmt: skip
    return record, event


def mail(subject: str, recipient: str = "", own: str = OWN) -> SentMail:
    return SentMail(0.0, recipient or address_of(USER), subject, f"Hello,\n\nOrder {own}\n")

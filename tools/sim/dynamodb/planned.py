"""One entry of a transaction that is about to be written, and the item that an update makes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tools.sim.dynamodb.expressions import Invalid, Item
from tools.sim.dynamodb.requests import Refused, Request, context_of
from tools.sim.dynamodb.table import Table
from tools.sim.dynamodb.updates import updated

if TYPE_CHECKING:
    from tools.sim.dynamodb.store import Store


class Planned:
    """One entry of TransactWriteItems."""

    def __init__(self, store: "Store", entry: Mapping[str, Any]) -> None:
        ((self.kind, self.request),) = entry.items()
        self.changes = self.kind != "ConditionCheck"
        if self.kind == "Put":
            self.table, self.key, self._item = store.put_of(self.request)
        else:
            self.table = store.table(self.request["TableName"])
            self.key = self.table.key_of(self.request["Key"], exact=True)
        self.place = (self.table.schema.name, *self.key)

    @property
    def old(self) -> Item | None:
        return self.table.items.get(self.key)

    def new(self) -> Item | None:
        if self.kind == "Put":
            return self._item
        return item_after_update(self.table, self.old, self.request) if self.kind == "Update" else None


def throttled() -> Refused:
    return Refused("ThrottlingException", "Throughput exceeds the current capacity for one or more partitions")


def item_after_update(table: Table, old: Item | None, request: Request) -> Item:
    before = old if old is not None else request["Key"]
    new = updated(before, request["UpdateExpression"], context_of(request)) if "UpdateExpression" in request else before
    if table.key_of(new) != table.key_of(before):
        raise Invalid("One or more parameter values were invalid: Cannot update attribute that is part of the key")
    table.check(new)
    return new

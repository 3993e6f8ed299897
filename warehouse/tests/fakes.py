"""The warehouse in memory; passes the same contract suite as the table."""

from collections.abc import Collection, Iterable
from datetime import datetime

from ecom import pages
from ecom.times import timestamp
from warehouse.tests.builders import LOW
from warehouse_service.domain import Request, Shelves, Status, moves, news, shortages
from warehouse_service.errors import BelowReserved, NotEnough
from warehouse_service.repository import PAGE, Decide, Page
from warehouse_service.rows import order_key
from warehouse_service.stock import Stock, level


class WarehouseInMemory:
    def __init__(self, *stock: Stock, low_at: int = LOW) -> None:
        self.requests: dict[str, Request] = {}
        self.shelves: dict[str, Stock] = {each.product_id: each for each in stock}
        self.announced: list[tuple[str, str]] = []  # what the stream would say: event, id
        self._low_at = low_at

    def request(self, order_id: str) -> Request | None:
        return self.requests.get(order_id)

    def stock(self, product_id: str) -> Stock | None:
        return self.shelves.get(product_id)

    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        old = self.shelves.get(product_id, Stock(product_id, 0, 0))
        if old.reserved > on_hand:
            raise BelowReserved(on_hand, old.reserved)
        self.shelves[product_id] = Stock(product_id, on_hand - old.reserved, old.reserved)
        self.announced.append(("StockChanged", product_id))
        return self.shelves[product_id]

    def new_ids(self, token: str | None) -> Page:
        start = pages.decode_token("packaging", token, {"id": None, "queue": "NEW", "since": None})
        keys = [
            {"id": order_key(each.order_id), "queue": "NEW", "since": timestamp(each.since)}
            for each in self._listed(Status.NEW)
            if start is None or (timestamp(each.since), order_key(each.order_id)) > (start["since"], start["id"])
        ]
        page = keys[:PAGE]
        more = pages.encode_token("packaging", page[-1]) if len(keys) > PAGE else None
        return Page([key["id"].removeprefix("order#") for key in page], more)

    def due_ids(self, now: datetime, at_most: int) -> list[str]:
        return [each.order_id for each in self._listed(Status.HELD) if each.since <= now][:at_most]

    def change(
        self,
        order_id: str,
        decide: Decide,
        correlation_id: str,
        products: Collection[str] = (),
        probably_unknown: bool = False,
    ) -> Request | None:
        old = self.requests.get(order_id)
        shelves = self._free(products)
        new = decide(old, shelves)
        if new is None or new is old:
            return old
        if short := shortages(old, new, shelves):
            raise NotEnough(short)
        self._write(old, new)
        return new

    def _write(self, old: Request | None, new: Request) -> None:
        for product_id, move in moves(old, new).items():
            if stock := self.shelves.get(product_id):
                free = stock.available + move.available
                self.shelves[product_id] = Stock(product_id, free, stock.reserved + move.reserved)
                if level(stock.available, self._low_at) is not level(free, self._low_at):
                    self.announced.append(("StockChanged", product_id))
        self.requests[new.order_id] = new
        if event := news(old, new):
            self.announced.append((event, new.order_id))

    def _free(self, products: Iterable[str]) -> Shelves:
        found = {product_id: self.shelves.get(product_id) for product_id in products}
        return {product_id: stock.available if stock else None for product_id, stock in found.items()}

    def _listed(self, status: Status) -> list[Request]:
        inside = [each for each in self.requests.values() if each.status is status]
        return sorted(inside, key=lambda each: (timestamp(each.since), order_key(each.order_id)))

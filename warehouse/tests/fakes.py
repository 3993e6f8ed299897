"""The warehouse in memory; passes the same contract suite as the table."""

from collections.abc import Collection, Iterable
from datetime import datetime

from ecom import pages
from ecom.pages import Page
from ecom.times import timestamp
from warehouse.tests.builders import LOW_STOCK
from warehouse_service import domain
from warehouse_service.domain import Request, Status, event_name
from warehouse_service.errors import BelowReserved, InsufficientStock
from warehouse_service.repository import DUE_PAGE, PAGE, Decide
from warehouse_service.rows import order_key
from warehouse_service.stock import Stock, UnitsByProduct, level
from warehouse_service.stock_effects import shortages, stock_changes


class WarehouseInMemory:
    def __init__(self, *stock: Stock, low_stock: int = LOW_STOCK) -> None:
        self.requests: dict[str, Request] = {}
        self.stock_records: dict[str, Stock] = {each.product_id: each for each in stock}
        self.published: list[tuple[str, str]] = []  # the stream's events: name, id
        self._low_stock = low_stock

    def request(self, order_id: str) -> Request | None:
        return self.requests.get(order_id)

    def stock(self, product_id: str) -> Stock | None:
        return self.stock_records.get(product_id)

    def set_stock(self, product_id: str, on_hand: int, correlation_id: str) -> Stock:
        old = self.stock_records.get(product_id, Stock(product_id, 0, 0))
        if old.reserved > on_hand:
            raise BelowReserved(on_hand, old.reserved)
        self.stock_records[product_id] = Stock(product_id, on_hand - old.reserved, old.reserved)
        self.published.append(("StockChanged", product_id))
        return self.stock_records[product_id]

    def new_order_ids(self, token: str | None) -> Page[str]:
        return self._page("packaging:NEW", self._listed(Status.NEW), token, PAGE)

    def started_order_ids(self, token: str | None) -> Page[str]:
        return self._page("packaging:IN_PROGRESS", self._listed(Status.IN_PROGRESS), token, PAGE)

    def due_order_ids(self, now: datetime, token: str | None) -> Page[str]:
        due = [each for each in self._listed(Status.HELD) if each.since <= now]
        return self._page("packaging:HELD", due, token, DUE_PAGE)

    def lapse(self, order_ids: Collection[str], now: datetime, correlation_id: str) -> int:
        due = [each for each in map(self.requests.get, order_ids) if each and domain.is_due(each, now)]
        for request in due:
            self.change(request.order_id, lambda old, _: domain.lapse(old, now), correlation_id)
        return len(due)

    def _page(self, scope: str, listed: list[Request], token: str | None, limit: int) -> Page[str]:
        start = pages.decode_token(scope, token, {"id": None, "since": None}, sort_key="since")
        keys = [{"id": order_key(each.order_id), "since": timestamp(each.since)} for each in listed]
        left = [key for key in keys if start is None or (key["since"], key["id"]) > (start["since"], start["id"])]
        page = left[:limit]
        more = pages.encode_token(scope, page[-1]) if len(left) > limit else None
        return Page([key["id"].removeprefix("order#") for key in page], more)

    def change(
        self,
        order_id: str,
        decide: Decide,
        correlation_id: str,
        products: Collection[str] = (),
        expect_new: bool = False,
    ) -> Request | None:
        old = self.requests.get(order_id)
        available = self._available(products)
        new = decide(old, available)
        if new is None or new is old:
            return old
        if short := shortages(old, new, available):
            raise InsufficientStock(short)
        self._write(old, new)
        return new

    def _write(self, old: Request | None, new: Request) -> None:
        for product_id, change in stock_changes(old, new).items():
            if stock := self.stock_records.get(product_id):
                available = stock.available + change.available
                self.stock_records[product_id] = Stock(product_id, available, stock.reserved + change.reserved)
                if level(stock.available, self._low_stock) != level(available, self._low_stock):
                    self.published.append(("StockChanged", product_id))
        self.requests[new.order_id] = new
        if event := event_name(old, new):
            self.published.append((event, new.order_id))

    def _available(self, products: Iterable[str]) -> UnitsByProduct:
        found = {product_id: self.stock_records.get(product_id) for product_id in products}
        return {product_id: stock.available if stock else None for product_id, stock in found.items()}

    def _listed(self, status: Status) -> list[Request]:
        listed = [each for each in self.requests.values() if each.status is status]
        return sorted(listed, key=lambda each: (timestamp(each.since), order_key(each.order_id)))

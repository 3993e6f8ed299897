"""Reads the stock of all products and the requests that reserve it, in one go, since a sum cannot be split over runs.

Segments of the table are read beside each other, and DynamoDB leaves out the requests that reserve nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ecom.dynamo import Item
from reconciliation_service import stock
from reconciliation_service.findings import Finding
from reconciliation_service.repository import Repository, Segment
from reconciliation_service.rows import stock_by_product
from reconciliation_service.scans import OutOfTime, Scan, ScanPage
from reconciliation_service.snapshots import Request, Stock

STOCK = "stock"
Reading = tuple[Counter[str], dict[str, Stock]]


@dataclass(frozen=True, slots=True)
class StockScan:
    repository: Repository
    segments: int
    is_time_left: Callable[[], bool]
    pause: Callable[[], None]

    def scans(self) -> list[Scan]:
        return [Scan(STOCK, self._pages)]

    def _pages(self, _start: Item | None) -> Iterator[ScanPage]:
        reserved, stocks = self._read()
        suspects = stock.suspects(stock.StockReading(stocks, reserved, stocks))
        findings: list[Finding] = []
        if suspects:
            first = self._reading(suspects)
            self.pause()
            findings = stock.judge(first, self._reading(suspects))
        yield ScanPage(len(stocks), None, findings=findings)

    def _reading(self, product_ids: list[str]) -> stock.StockReading:
        before = self.repository.stock(product_ids)
        reserved, _ = self._read()
        return stock.StockReading(before, reserved, self.repository.stock(product_ids))

    def _read(self) -> Reading:
        """The reserved units and the stock by product. Raises OutOfTime."""
        reserved, stocks = Counter[str](), list[Stock]()
        with ThreadPoolExecutor(self.segments, thread_name_prefix=STOCK) as pool:
            for units, found in pool.map(self._of_segment, range(self.segments)):
                reserved.update(units)
                stocks += found
        return reserved, stock_by_product(stocks)

    def _of_segment(self, number: int) -> tuple[Counter[str], list[Stock]]:
        reserved, stocks = Counter[str](), list[Stock]()
        for page in self.repository.stock_and_its_requests(Segment(number, self.segments)):
            if not self.is_time_left():
                raise OutOfTime
            reserved.update(stock.reserved_units(each for each in page if isinstance(each, Request)))
            stocks += [each for each in page if isinstance(each, Stock)]
        return reserved, stocks

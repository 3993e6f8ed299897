"""A product that runs out is counted when its last unit is taken, and at no other change."""

from typing import Any

import pytest

from ecom.business_metrics import BusinessMetric
from ecom.table_stream import read_change
from ecom_testkit.lambda_events import stream_record
from warehouse.tests.builders import LOW_STOCK
from warehouse_service.business_metrics import metrics_of
from warehouse_service.events import SOURCE, events_of


def stock(available: int, **more: Any) -> dict[str, Any]:
    return {"id": "stock#kettle", "available": available, "reserved": 1, "version": 1, **more}


def metrics(old: dict[str, Any] | None, new: dict[str, Any] | None) -> list[BusinessMetric]:
    change = read_change(stream_record({"id": "stock#kettle"}, old, new), SOURCE)
    return [metric for event in events_of(change, LOW_STOCK) for metric in metrics_of(change, event)]


def test_the_last_unit_is_a_stock_out() -> None:
    assert metrics(stock(1), stock(0, news="StockChanged", version=2)) == [BusinessMetric("StockOuts")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (stock(0), stock(0, news="StockChanged", version=2)),  # counted again by staff
        (None, stock(0, news="StockChanged")),  # counted for the first time
        (stock(9), stock(1, news="StockChanged", version=2)),  # low
        (stock(0), stock(5, news="StockChanged", version=2)),  # in again
        (stock(2), stock(1)),
    ],
)
def test_other_changes_of_stock_are_none(old: dict[str, Any] | None, new: dict[str, Any]) -> None:
    assert metrics(old, new) == []


def test_a_product_whose_shards_had_units_is_counted_by_all_its_units() -> None:
    spread = stock(0, spread=True, elsewhere=4, shards=2)
    assert metrics(spread, stock(0, news="StockChanged", version=2)) == [BusinessMetric("StockOuts")]

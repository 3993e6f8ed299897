"""What requests do to stock. Pure.

The stock of a product is one item, or is spread over that item and its shards. A place is one of these items.
"""

from collections import defaultdict
from collections.abc import Mapping

from warehouse_service.domain import RESERVES_STOCK, Line, Request, Status
from warehouse_service.errors import Shortage
from warehouse_service.stock import StockChange, UnitsByProduct

# The product's own item; its shards have the numbers 1, 2, 3 ...
MAIN = 0
# A product id and the number of one of its items.
Place = tuple[str, int]
_NONE = StockChange(0, 0)


def place_changes(old: Request | None, new: Request) -> dict[Place, StockChange]:
    """The changes of stock, by place, when `new` replaces `old`. Places without a change are left out.

    Reserved units leave the place that they were taken from. Units that become available go to the product's own item:
    it alone has a level, which can rise.
    """
    before, after = _effects(old), _effects(new)
    changes = defaultdict(lambda: _NONE, {place: after[place] - before[place] for place in {**before, **after}})
    for (product_id, number), change in list(changes.items()):
        if number != MAIN and change.available > 0:
            changes[product_id, number] = StockChange(0, change.reserved)
            changes[product_id, MAIN] += StockChange(change.available, 0)
    return {place: change for place, change in changes.items() if change != _NONE}


def stock_changes(old: Request | None, new: Request) -> dict[str, StockChange]:
    """The changes of stock, by product, when `new` replaces `old`. Products without a change are left out."""
    total: defaultdict[str, StockChange] = defaultdict(lambda: _NONE)
    for (product_id, _), change in place_changes(old, new).items():
        total[product_id] += change
    return {product_id: change for product_id, change in total.items() if change != _NONE}


def shortages(old: Request | None, new: Request, available: UnitsByProduct) -> list[Shortage]:
    """The products of which too few units are available. `Shortage.available` includes the order's own reservation."""
    found: list[Shortage] = []
    wanted = {line.product_id: line.quantity for line in new.lines}
    for product_id, change in stock_changes(old, new).items():
        units = available.get(product_id)
        if units is not None and change.available < 0 and units + change.available < 0:
            own = wanted[product_id] + change.available
            found.append(Shortage(product_id, wanted[product_id], units + own))
    return found


def places_of(line: Line) -> dict[int, int]:
    """The units of a line by the place that they were taken from."""
    taken = dict(line.shards)
    if rest := line.quantity - sum(taken.values()):
        taken[MAIN] = rest
    return taken


def _effects(request: Request | None) -> Mapping[Place, StockChange]:
    """What a request has done so far to the stock of its tracked products. Packaged units count at the product's own
    item, wherever they came from."""
    effects: defaultdict[Place, StockChange] = defaultdict(lambda: _NONE)
    for line in request.lines if request else ():
        if not line.tracked or request is None:
            continue
        if request.status in RESERVES_STOCK:
            for number, units in places_of(line).items():
                effects[line.product_id, number] = StockChange(-units, units)
        elif request.status is Status.COMPLETED and not request.delivery_failed:
            effects[line.product_id, MAIN] = StockChange(-line.packaged, 0)
    return effects

"""A busy table is read in rounds; one that never answers is no empty one."""

from typing import Any

import pytest

from ecom.dynamo import typed
from ecom.errors import TryAgain
from reconciliation.tests.builders import ORDER, image
from reconciliation.tests.integration.conftest import TABLES, World
from reconciliation_service.repository import MAX_ROUNDS, Repository
from reconciliation_service.snapshots import NEW


class Busy:
    """Hands over nothing for some rounds, then what the real client says."""

    def __init__(self, client: Any, rounds: int) -> None:
        self._client = client
        self._left = rounds

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - the SDK's name
        if self._left:
            self._left -= 1
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        return self._client.batch_get_item(RequestItems=RequestItems)


def test_what_was_not_processed_is_asked_for_again(world: World) -> None:
    world.order(NEW)
    busy: Any = Busy(world.client, MAX_ROUNDS - 1)
    (records,) = Repository(busy, TABLES).records_of([ORDER])
    assert records.order is not None
    assert records.payment is not None


def test_a_table_too_busy_to_be_read_is_an_error(world: World) -> None:
    busy: Any = Busy(world.client, 1000)
    with pytest.raises(TryAgain, match="orders is too busy"):
        Repository(busy, TABLES).records_of([ORDER])


def test_an_item_full_of_nonsense_stops_nobody(world: World, repository: Repository) -> None:
    world.put("orders", orderId="suspicious", status=7, history="x", products=None)
    world.put("warehouse", id="order#suspicious", lines="none", status=["NEW"])
    world.put("warehouse", id="something else")
    world.client.put_item(TableName="orders", Item=typed(image()))
    ids = {records.order_id for page in repository.orders() for records in repository.around(page)}
    assert ids == {"suspicious", ORDER}
    assert [each for page in repository.warehouse() for each in page]

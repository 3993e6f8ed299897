"""Unprocessed keys are retried; persistent throttling raises."""

from typing import Any

import pytest

from ecom.dynamo import typed
from ecom.errors import TryAgain
from reconciliation.tests.builders import ORDER, image
from reconciliation.tests.integration.conftest import TABLES, World
from reconciliation_service.repository import Repository
from reconciliation_service.snapshots import NEW


class Busy:
    """Leaves all keys unprocessed for some requests, then passes requests on to the real client."""

    def __init__(self, client: Any, rounds: int) -> None:
        self._client = client
        self._left = rounds

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:  # noqa: N803 - the SDK's name
        if self._left:
            self._left -= 1
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        return self._client.batch_get_item(RequestItems=RequestItems)


def test_unprocessed_keys_are_read_again(world: World) -> None:
    world.order(NEW)
    busy: Any = Busy(world.client, 4)
    (records,) = Repository(busy, TABLES).records_of([ORDER])
    assert records.order is not None
    assert records.payment is not None


def test_keys_that_stay_unprocessed_raise(world: World) -> None:
    busy: Any = Busy(world.client, 1000)
    with pytest.raises(TryAgain, match="left 1 keys unprocessed"):
        Repository(busy, TABLES).records_of([ORDER])


def test_an_unreadable_item_does_not_stop_the_run(world: World, repository: Repository) -> None:
    world.put("orders", orderId="suspicious", status=7, history="x", products=None)
    world.put("warehouse", id="order#suspicious", lines="none", status=["NEW"])
    world.put("warehouse", id="something else")
    world.client.put_item(TableName="orders", Item=typed(image()))
    ids = {records.order_id for page in repository.orders() for records in repository.with_other_services(page)}
    assert ids == {"suspicious", ORDER}
    assert [each for page in repository.warehouse() for each in page]

"""Unprocessed keys are retried; persistent throttling raises."""

from typing import Any

import pytest

from ecom.dynamo import typed
from ecom.errors import TryAgain
from reconciliation.tests.builders import ORDER, order_item
from reconciliation.tests.integration.conftest import TABLES, World
from reconciliation_service import repository as records_module
from reconciliation_service.repository import Repository, Segment
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
    ((records,),) = Repository(busy, TABLES).records_of([ORDER])
    assert records.order is not None
    assert records.payment is not None


def test_keys_that_stay_unprocessed_raise(world: World) -> None:
    busy: Any = Busy(world.client, 1000)
    with pytest.raises(TryAgain, match="left 1 keys unprocessed"):
        list(Repository(busy, TABLES).records_of([ORDER]))


def test_an_unreadable_item_does_not_stop_the_run(world: World, repository: Repository) -> None:
    world.put("orders", orderId="suspicious", status=7, history="x", products=None)
    world.put("warehouse", id="order#suspicious", lines="none", status=["NEW"])
    world.put("warehouse", id="something else")
    world.client.put_item(TableName="orders", Item=typed(order_item()))
    ids = {records.order_id for page in repository.orders() for records in repository.with_other_services(page.rows)}
    assert ids == {"suspicious", ORDER}
    assert [each for page in repository.warehouse() for each in page.rows if each]


def test_segments_have_every_row_once_and_a_page_can_be_continued(
    world: World, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_module, "PAGE", 2)
    ids = {f"order-{number}" for number in range(20)}
    for order_id in ids:
        world.put("orders", orderId=order_id)
    found: list[str] = []
    for number in range(3):
        end = None
        while True:
            page = next(repository.orders(Segment(number, 3), end))
            found += [order.order_id for order in page.rows]
            end = page.end
            if end is None:
                break
    assert (len(found), set(found)) == (20, ids)


def test_a_claim_of_a_payment_token_is_no_use(world: World, repository: Repository) -> None:
    world.use_token("used", ORDER)
    world.use_token("claimed", "order-2", claimedUntil="2026-03-01T12:00:00.000Z")
    assert repository.users_of_tokens(["used", "claimed", "unknown"]) == {"used": ORDER}

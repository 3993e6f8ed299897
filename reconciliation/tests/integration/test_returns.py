"""Returns, with their refunds and what the warehouse has about them, compared on the tables."""

from datetime import timedelta
from typing import Any

import pytest

from ecom.times import timestamp
from reconciliation.tests.builders import NOW
from reconciliation.tests.integration.conftest import World
from reconciliation_service.findings import Kind, Limits
from reconciliation_service.repository import Repository
from reconciliation_service.returns_scan import ReturnsScan


def put_return(world: World, return_id: str, status: str, restocked: int = 0, **more: Any) -> None:
    world.put(
        "returns",
        id=f"return#{return_id}",
        orderId="order-1",
        status=status,
        lines=[{"productId": "kettle", "quantity": 2, "price": 250, "received": 2, "restocked": restocked}],
        history=[{"at": timestamp(NOW - timedelta(days=1)), "status": status, "cause": "x"}],
        **more,
    )


def found(repository: Repository, pause: Any = lambda: None) -> list[tuple[Kind, str]]:
    (scan,) = ReturnsScan(repository, NOW, Limits(), pause).scans()
    return [(each.kind, each.ids["returnId"]) for page in scan.pages(None) for each in page.findings]


@pytest.fixture
def refunded(world: World) -> World:
    """A return that ended well."""
    put_return(world, "return-1", "REFUNDED", restocked=1, refund=500)
    world.put("refunds", refundId="return-1", orderId="order-1", amount=500, status="DONE")
    world.put("warehouse", id="return#return-1", units={"kettle": 1})
    return world


def test_a_return_that_ended_well_is_no_finding(refunded: World, repository: Repository) -> None:
    refunded.put("returns", id="order#order-1", units={"kettle": 2}, etag=1)
    refunded.put("returns", id="token#return-1", taskToken="t")
    assert found(repository) == []


def test_what_is_wrong_is_found(refunded: World, repository: Repository) -> None:
    put_return(refunded, "return-2", "RECEIVED", refund=500)
    put_return(refunded, "return-3", "REFUNDED", restocked=2, refund=500)
    assert sorted(found(repository)) == [
        (Kind.RETURN_NOT_PAID, "return-3"),
        (Kind.RETURN_NOT_RESTOCKED, "return-3"),
        (Kind.STUCK_RETURN, "return-2"),
    ]


def test_what_is_well_some_seconds_later_is_no_finding(refunded: World, repository: Repository) -> None:
    put_return(refunded, "return-2", "RECEIVED", refund=500)

    def ends() -> None:
        put_return(refunded, "return-2", "FAILED", refund=0)

    assert found(repository, ends) == []

"""Checkouts whose units have not left the cart, although their orders exist."""

from typing import Any

from reconciliation.tests.builders import NOW
from reconciliation.tests.integration.conftest import World
from reconciliation_service.checkouts_scan import CheckoutsScan
from reconciliation_service.findings import Kind, Limits
from reconciliation_service.repository import Repository
from reconciliation_service.snapshots import NEW


def found(repository: Repository, pause: Any = lambda: None) -> list[tuple[Kind, str]]:
    (scan,) = CheckoutsScan(repository, NOW, Limits(), pause).scans()
    return [(each.kind, each.ids["orderId"]) for page in scan.pages(None) for each in page.findings]


def put(world: World, order_id: str, **more: Any) -> None:
    world.put("checkouts", orderId=order_id, userId="user-1", **more)


def test_a_checkout_without_an_order_and_one_that_was_taken_are_well(world: World, repository: Repository) -> None:
    world.order(NEW, "order-1", "token-1", channel="cart")
    put(world, "order-1", settledDate="2026-03-01T12:00:00.000Z")
    put(world, "order-2")
    assert found(repository) == []


def test_an_order_whose_units_are_still_in_the_cart(world: World, repository: Repository) -> None:
    world.order(NEW, "order-1", "token-1", channel="cart")
    put(world, "order-1")
    assert found(repository) == [(Kind.CART_KEEPS_ORDERED, "order-1")]


def test_what_leaves_the_cart_some_seconds_later_is_no_finding(world: World, repository: Repository) -> None:
    world.order(NEW, "order-1", "token-1", channel="cart")
    put(world, "order-1")
    taken = {"settledDate": "2026-03-01T12:00:00.000Z"}
    assert found(repository, lambda: put(world, "order-1", **taken)) == []


def test_an_order_of_a_storefront_under_the_id_of_a_refused_checkout(world: World, repository: Repository) -> None:
    world.order(NEW, "order-1", "token-1")
    put(world, "order-1")
    assert found(repository) == []

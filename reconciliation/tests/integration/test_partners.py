"""Partners' requests and partners' orders know of each other."""

from datetime import timedelta
from typing import Any

from reconciliation.tests.builders import NOW, THEN, order_item
from reconciliation.tests.integration.conftest import World
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.partner_orders import judge_orders
from reconciliation_service.partners_scan import PartnersScan
from reconciliation_service.repository import PAGE, Repository
from reconciliation_service.snapshots import NEW


def requests_found(repository: Repository, pause: Any = lambda: None) -> list[tuple[Kind, str]]:
    (scan,) = PartnersScan(repository, NOW, Limits(), pause).scans()
    return [(each.kind, each.ids["orderId"]) for page in scan.pages(None) for each in page.findings]


def orders_found(repository: Repository) -> list[Finding]:
    pages = list(repository.orders())
    return [each for page in pages for each in judge_orders(page.rows, repository, NOW, Limits())]


def request(world: World, order_id: str, **more: Any) -> None:
    created = {"createdDate": THEN.isoformat(), **more}
    world.put("requests", orderId=order_id, partner="acme", reference="PO-1", contentHash="hash", **created)


def order(world: World, order_id: str, user_id: str = "partner:acme", **more: Any) -> None:
    world.put("orders", **order_item(NEW, orderId=order_id, paymentToken="token", **{"userId": user_id, **more}))


def test_a_partners_order_and_its_request_are_well(world: World, repository: Repository) -> None:
    order(world, "order-1")
    request(world, "order-1")
    order(world, "order-2", "user-1")
    assert (requests_found(repository), orders_found(repository)) == ([], [])


def test_a_partners_order_without_a_request(world: World, repository: Repository) -> None:
    order(world, "order-1")
    (finding,) = orders_found(repository)
    assert (finding.kind, finding.ids) == (Kind.PARTNER_ORDER_UNKNOWN, {"orderId": "order-1", "partner": "acme"})
    assert (finding.is_note, finding.repair_events) == (False, ())


def test_an_order_of_this_moment_is_not_compared(world: World, repository: Repository) -> None:
    order(world, "order-1", createdDate=NOW.isoformat())
    assert orders_found(repository) == []


def test_a_request_without_an_order_is_a_note(world: World, repository: Repository) -> None:
    request(world, "order-1")
    (scan,) = PartnersScan(repository, NOW, Limits(), lambda: None).scans()
    (finding,) = [each for page in scan.pages(None) for each in page.findings]
    assert (finding.kind, finding.is_note) == (Kind.PARTNER_REQUEST_UNANSWERED, True)


def test_a_request_of_this_moment_is_not_compared(world: World, repository: Repository) -> None:
    request(world, "order-1", createdDate=NOW.isoformat())
    assert requests_found(repository) == []


def test_a_refused_request_without_an_order_is_none(world: World, repository: Repository) -> None:
    request(world, "order-1", refusedDate="2026-03-01T12:00:00.000Z")
    assert requests_found(repository) == []


def test_requests_without_an_order_cost_no_pause(world: World, repository: Repository) -> None:
    """There may be thousands. A pass that pauses for each page of them takes days."""
    for number in range(3 * PAGE):
        request(world, f"order-{number}")
    pauses: list[int] = []
    found = requests_found(repository, lambda: pauses.append(1))
    assert (len(found), pauses) == (3 * PAGE, [])


def test_an_old_request_without_an_order_is_not_reported(world: World, repository: Repository) -> None:
    """The hold of its payment is over, and its partner gave up."""
    now, limit = NOW, Limits().unanswered
    request(world, "order-1", createdDate=(now - limit + timedelta(hours=1)).isoformat())
    request(world, "order-2", createdDate=(now - limit).isoformat())
    assert requests_found(repository) == [(Kind.PARTNER_REQUEST_UNANSWERED, "order-1")]


def test_an_old_request_that_leads_to_an_order_of_another_user_is_reported(
    world: World, repository: Repository
) -> None:
    request(world, "order-1", createdDate=(NOW - 2 * Limits().unanswered).isoformat())
    order(world, "order-1", "user-1")
    assert requests_found(repository) == [(Kind.PARTNER_ORDER_DIFFERS, "order-1")]


def test_an_order_that_changes_some_seconds_later_is_no_finding(world: World, repository: Repository) -> None:
    request(world, "order-1")
    request(world, "order-2")
    order(world, "order-1", "user-1")
    pauses: list[int] = []

    def change() -> None:
        pauses.append(1)
        order(world, "order-1")

    assert requests_found(repository, change) == [(Kind.PARTNER_REQUEST_UNANSWERED, "order-2")]
    assert pauses == [1]


def test_a_request_that_goes_some_seconds_later_is_no_finding(world: World, repository: Repository) -> None:
    request(world, "order-1")
    order(world, "order-1", "user-1")
    assert requests_found(repository, lambda: world.remove("requests", "order-1")) == []


def test_a_request_that_leads_to_an_order_of_another_user(world: World, repository: Repository) -> None:
    request(world, "order-1")
    order(world, "order-1", "user-1")
    assert requests_found(repository) == [(Kind.PARTNER_ORDER_DIFFERS, "order-1")]


def test_rows_that_were_written_manually_are_compared(world: World, repository: Repository) -> None:
    world.put("requests", orderId="order-1")
    world.put("orders", orderId="order-2", userId="partner:acme")
    assert requests_found(repository) == [(Kind.PARTNER_REQUEST_UNANSWERED, "order-1")]
    assert [each.kind for each in orders_found(repository)] == [Kind.PARTNER_ORDER_UNKNOWN]

"""A sweep of all tables finds each damage once, and no order that changes meanwhile; memory stays small."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from reconciliation.tests.builders import NOW, ORDER, STATUSES, THEN, TOKEN, order_item
from reconciliation.tests.integration.conftest import World
from reconciliation_service import repository as records_module
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.provider import Provider, fingerprint
from reconciliation_service.repository import Repository
from reconciliation_service.snapshots import CANCELLED, CAPTURED, FULFILLED, HELD, NEW, PACKAGED
from reconciliation_service.sweep import Sweep

LIMITS = Limits(staff=timedelta(days=30))
MakeSweep = Callable[..., Sweep]


@pytest.fixture
def sweep(repository: Repository, provider: Provider) -> MakeSweep:
    def make(**more: object) -> Sweep:
        settings = {"now": NOW, "limits": LIMITS, "ledger_window": timedelta(days=7), **more}
        return Sweep(repository, provider, **settings)  # type: ignore[arg-type]  # each test names what it needs

    return make


def found(swept: Sweep) -> list[tuple[Kind, dict[str, str]]]:
    return [(finding.kind, dict(finding.ids)) for finding in swept.findings()]


def test_healthy_orders_have_no_findings(world: World, sweep: MakeSweep) -> None:
    for number, status in enumerate(STATUSES):
        world.order(status, f"order-{number}", f"token-{number}")
    done = sweep()
    assert found(done) == []
    assert (done.left_out, done.orders_seen) == ([], len(STATUSES))


@pytest.mark.parametrize(
    ("status", "table", "key", "kind"),
    [
        (NEW, "warehouse", f"order#{ORDER}", Kind.ORDER_WITHOUT_STOCK),
        (NEW, "payment", ORDER, Kind.ORDER_WITHOUT_PAYMENT),
        (FULFILLED, "payment", ORDER, Kind.DELIVERED_NOT_CAPTURED),
        (PACKAGED, "delivery", ORDER, Kind.NO_DELIVERY_OPENED),
        (FULFILLED, "orders", ORDER, Kind.CHARGED_WITHOUT_ORDER),
    ],
)
def test_a_missing_row_is_found(world: World, sweep: MakeSweep, status: str, table: str, key: str, kind: Kind) -> None:
    world.order(status)
    world.remove(table, key)
    assert found(sweep()) == [(kind, {"orderId": ORDER})]


def test_a_part_that_fails_is_named_and_the_others_are_compared(
    world: World, sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.order(NEW)
    world.put("checkouts", orderId=ORDER, userId="user-1")
    world.put("orders", **order_item(NEW, channel="cart"))

    def failing(*_: object) -> None:
        raise KeyError("returnId")

    monkeypatch.setattr(Repository, "returns", failing)
    done = sweep()
    assert found(done) == [(Kind.CART_KEEPS_ORDERED, {"orderId": ORDER})]
    assert [reason.partition(" (")[0] for reason in done.left_out] == ["returns: it failed with KeyError: 'returnId'"]


def test_a_missing_order_is_a_finding_for_each_service_with_a_row(world: World, sweep: MakeSweep) -> None:
    world.order(PACKAGED)
    world.put("warehouse", id=f"order#{ORDER}", status="NEW", since=THEN.isoformat(), lines=[], etag=1)
    world.remove("orders", ORDER)
    kinds = [kind for kind, _ in found(sweep())]
    assert sorted(kinds) == [Kind.DELIVERY_WITHOUT_ORDER, Kind.PAYMENT_WITHOUT_ORDER, Kind.REQUEST_WITHOUT_ORDER]


def test_a_hold_without_a_payment_row_is_found(world: World, sweep: MakeSweep) -> None:
    world.order(CANCELLED)
    world.remove("payment", ORDER)
    world.ledger.put(TOKEN, HELD)
    (finding,) = sweep().findings()
    assert (finding.kind, finding.repair_events) == (Kind.HOLD_NOT_VOID, ("OrderModified", "PackagingCancelled"))


def test_holds_without_order_are_notes_without_their_token(world: World, sweep: MakeSweep) -> None:
    world.order(NEW)
    for number in range(5):
        world.ledger.put(f"abandoned-{number}")
    suspected = list(sweep().findings())
    assert {finding.kind for finding in suspected} == {Kind.HOLD_WITHOUT_ORDER}
    assert {finding.ids["hold"] for finding in suspected} == {fingerprint(f"abandoned-{number}") for number in range(5)}
    assert "abandoned" not in str(suspected)


def test_recent_payments_are_compared_with_the_ledger(world: World, sweep: MakeSweep) -> None:
    world.order(FULFILLED)
    world.ledger.put(TOKEN, CAPTURED, amount=1)
    assert [kind for kind, _ in found(sweep())] == [Kind.CHARGED_OTHER_AMOUNT]
    world.ledger.asked.clear()
    world.ledger.tokens.clear()
    assert found(sweep(ledger_window=timedelta(hours=1))) == []
    assert (world.ledger.asked, world.ledger.tokens) == (["GET /payments"], [])


def test_an_unavailable_provider_is_reported_and_does_not_stop_the_sweep(world: World, sweep: MakeSweep) -> None:
    world.order(NEW)
    world.remove("warehouse", f"order#{ORDER}")
    world.ledger.is_down = True
    done = sweep()
    assert [kind for kind, _ in found(done)] == [Kind.ORDER_WITHOUT_STOCK]
    failure = "the payment provider gave no answer (ConnectionError)"
    assert done.left_out == [f"the provider's ledger: {failure}", f"holds: {failure}"]
    assert len(world.ledger.asked) == 6, "the provider is not called again for each order"


def test_a_change_between_the_two_reads_is_no_finding(world: World, sweep: MakeSweep) -> None:
    world.order(NEW)
    world.remove("warehouse", f"order#{ORDER}")
    assert found(sweep(pause=lambda: world.order(NEW))) == []


def test_stock_and_requests_add_up(world: World, sweep: MakeSweep) -> None:
    line = {"productId": "kettle", "quantity": 2, "packaged": 2, "tracked": True}
    world.order(NEW)
    world.put("warehouse", id=f"order#{ORDER}", status="NEW", since=THEN.isoformat(), lines=[line], etag=1)
    world.put("warehouse", id="stock#kettle", available=8, reserved=2)
    assert found(sweep()) == []
    world.put("warehouse", id="stock#kettle", available=8, reserved=3)
    assert found(sweep()) == [(Kind.STOCK_DOES_NOT_ADD_UP, {"productId": "kettle"})]
    repaired = sweep(pause=lambda: world.put("warehouse", id="stock#kettle", available=8, reserved=2))
    assert found(repaired) == []


def test_stock_that_is_spread_over_shards_adds_up(world: World, sweep: MakeSweep) -> None:
    line = {"productId": "a#1", "quantity": 5, "packaged": 5, "tracked": True, "shards": {"2": 3}}
    world.order(NEW)
    world.put("warehouse", id=f"order#{ORDER}", status="NEW", since=THEN.isoformat(), lines=[line], etag=1)
    world.put("warehouse", id="stock#a#1", available=8, reserved=2, shards=2, spread=True)
    world.put("warehouse", id="shard#1#a#1", available=9, reserved=0)
    world.put("warehouse", id="shard#2#a#1", available=6, reserved=3)
    assert found(sweep()) == []
    world.put("warehouse", id="shard#1#a#1", available=9, reserved=1)
    done = sweep()
    assert found(done) == [(Kind.STOCK_DOES_NOT_ADD_UP, {"productId": "a#1"})]
    assert next(iter(done.findings())).actual == "available 23, reserved 6"
    repaired = sweep(pause=lambda: world.put("warehouse", id="shard#1#a#1", available=9, reserved=0))
    assert found(repaired) == []
    world.remove("warehouse", "stock#a#1")
    assert found(sweep()) == [], "shards that a deleted record left are no stock"


def test_tables_of_many_pages_are_read_to_their_end(
    world: World, sweep: MakeSweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records_module, "PAGE", 2)
    for number in range(7):
        world.order(NEW, f"order-{number}", f"token-{number}")
        world.remove("warehouse", f"order#order-{number}")
    assert {ids["orderId"] for _, ids in found(sweep())} == {f"order-{number}" for number in range(7)}


def test_without_time_the_sweep_ends_and_reports_it(world: World, sweep: MakeSweep) -> None:
    world.order(NEW)
    done = sweep(is_time_left=lambda: False)
    assert found(done) == []
    assert done.left_out == ["payments: the time was over", "stock: the time was over"]


def test_many_payments_are_compared_with_one_request(world: World, sweep: MakeSweep) -> None:
    for number in range(100):
        world.order(FULFILLED, f"order-{number}", f"token-{number}")
    world.ledger.put("token-7", CAPTURED, amount=1)
    assert found(sweep()) == [(Kind.CHARGED_OTHER_AMOUNT, {"orderId": "order-7"})]
    assert world.ledger.asked.count("POST /payments") == 2, "the first look, and the second at one order"


def test_an_order_with_a_hold_is_compared_with_the_ledger_whatever_its_age(world: World, sweep: MakeSweep) -> None:
    """The payment row says that the hold is void, and the provider has it still."""
    world.order(CANCELLED)
    world.ledger.put(TOKEN, HELD)
    assert found(sweep(ledger_window=timedelta(hours=1))) == [(Kind.BOOKS_DIFFER, {"orderId": ORDER})]
    assert found(sweep()) == [(Kind.BOOKS_DIFFER, {"orderId": ORDER})]


def test_a_hold_whose_order_was_deleted_everywhere_is_a_note(world: World, sweep: MakeSweep) -> None:
    world.order(NEW)
    for table, key in (("orders", ORDER), ("payment", ORDER), ("warehouse", f"order#{ORDER}")):
        world.remove(table, key)
    assert found(sweep()) == [(Kind.HOLD_WITHOUT_ORDER, {"hold": fingerprint(TOKEN)})]


def test_a_token_that_the_provider_cannot_know_is_not_asked_for(world: World, sweep: MakeSweep) -> None:
    world.order(NEW, token="x" * 201)
    done = sweep()
    world.ledger.payments.clear()
    assert (found(done), done.left_out, world.ledger.tokens) == ([], [], [])


def test_one_order_is_inspected(world: World, sweep: MakeSweep) -> None:
    world.order(FULFILLED)
    world.put("payment", orderId=ORDER, paymentToken=TOKEN, status=HELD)
    world.ledger.put(TOKEN)
    ((records, findings),) = sweep().inspect([ORDER])
    assert records.order is not None
    kinds: list[Finding] = findings
    assert [finding.kind for finding in kinds] == [Kind.DELIVERED_NOT_CAPTURED]

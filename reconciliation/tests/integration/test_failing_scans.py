"""A scan that fails hides neither what it saw before, nor what the other scans of its part find."""

from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest

from ecom.dynamo import TableBusy
from reconciliation.tests.builders import NOW
from reconciliation.tests.integration.conftest import TABLES, World
from reconciliation_service import repository as records_module
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.inspection import Inspection
from reconciliation_service.progress_table import ProgressTable
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository
from reconciliation_service.run import PartResult, Run
from reconciliation_service.snapshots import FULFILLED, NEW
from reconciliation_service.sweep import Sweep

LIMITS, WINDOW = Limits(staff=timedelta(days=30)), timedelta(days=7)
TABLES_PART = "tables 0 of 1"
EXPECTED = {(Kind.ORDER_WITHOUT_PAYMENT, "order-0"), (Kind.CHARGED_WITHOUT_ORDER, "order-2")}

Fails = Callable[[str, Exception], None]


@pytest.fixture
def damaged(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Of three orders, one lacks its payment, and one is in the other tables only. A page has one row."""
    monkeypatch.setattr(records_module, "PAGE", 1)
    for number, status in enumerate((NEW, NEW, FULFILLED)):
        world.order(status, f"order-{number}", f"token-{number}")
    world.remove("payment", "order-0")
    world.remove("orders", "order-2")
    return world


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Fails:
    """Let the scan of a table fail behind its second page."""

    def fail(table: str, error: Exception) -> None:
        read = getattr(Repository, table)

        def pages(*arguments: Any) -> Iterator[Any]:
            yield from islice(read(*arguments), 2)
            raise error

        monkeypatch.setattr(Repository, table, pages)

    return fail


def named(findings: list[Finding]) -> set[tuple[Kind, str]]:
    return {(finding.kind, finding.ids["orderId"]) for finding in findings}


def run(world: World, provider: Provider) -> tuple[dict[str, PartResult], list[Finding]]:
    found: list[Finding] = []
    results = Run(
        repository=Repository(world.client, TABLES),
        provider=provider,
        progress=ProgressTable(world.client, "progress"),
        now=NOW,
        limits=LIMITS,
        ledger_window=WINDOW,
        segments=1,
        is_time_left=lambda: True,
        pause=lambda: None,
        found=found.append,
    ).go_on()
    return {result.progress.part: result for result in results}, found


@pytest.mark.parametrize("table", ["orders", "payments", "warehouse"])
def test_the_sweep_looks_at_what_it_saw_before_and_goes_on_with_the_next_scan(
    damaged: World, repository: Repository, provider: Provider, fails: Fails, table: str
) -> None:
    fails(table, KeyError("status"))
    sweep = Sweep(repository, provider, NOW, LIMITS, WINDOW)
    assert named(list(sweep.findings())) == EXPECTED
    (reason,) = sweep.left_out
    assert reason.startswith(f"{table}: it failed with KeyError: 'status' (raised at test_failing_scans.py:")


def test_the_sweep_goes_on_when_a_table_is_busy(
    damaged: World, repository: Repository, provider: Provider, fails: Fails
) -> None:
    fails("orders", TableBusy("DynamoDB is busy"))
    sweep = Sweep(repository, provider, NOW, LIMITS, WINDOW)
    assert named(list(sweep.findings())) == EXPECTED
    assert sweep.left_out == ["orders: DynamoDB is busy"]


def test_a_second_look_that_fails_is_named_and_the_other_parts_are_compared(
    damaged: World, repository: Repository, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: Inspection, order_ids: Collection[str]) -> Iterator[Any]:
        if order_ids:
            raise KeyError("status")
        return iter(())

    monkeypatch.setattr(Inspection, "inspect", failing)
    damaged.order(NEW, "order-3", "token-3", channel="cart")
    damaged.put("checkouts", orderId="order-3", userId="user-1")
    sweep = Sweep(repository, provider, NOW, LIMITS, WINDOW)
    assert (Kind.CART_KEEPS_ORDERED, "order-3") in named(list(sweep.findings()))
    assert [reason.partition(" (")[0] for reason in sweep.left_out] == ["deliveries: it failed with KeyError: 'status'"]


def test_a_run_looks_at_what_it_saw_before_and_goes_on_with_the_next_scan(
    damaged: World, provider: Provider, fails: Fails
) -> None:
    fails("orders", KeyError("status"))
    results, found = run(damaged, provider)
    tables = results[TABLES_PART]
    assert named(found) == EXPECTED
    assert isinstance(tables.failure, KeyError)
    assert tables.left_out == [f"{TABLES_PART}: orders: it failed with KeyError"]
    assert tables.progress.findings_known == len(found), "the alarm on findings hears of them"


def test_the_place_stays_before_a_scan_that_failed(
    damaged: World, provider: Provider, fails: Fails, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails("payments", KeyError("status"))
    results, _ = run(damaged, provider)
    assert not results[TABLES_PART].is_done
    assert results[TABLES_PART].progress.compared is None
    monkeypatch.undo()
    results, found = run(damaged, provider)
    assert results[TABLES_PART].is_done
    assert results[TABLES_PART].progress.findings_known == len(found) == len(EXPECTED)


def test_a_busy_table_is_no_defect(damaged: World, provider: Provider, fails: Fails) -> None:
    fails("orders", TableBusy("DynamoDB is busy"))
    results, found = run(damaged, provider)
    assert named(found) == EXPECTED
    assert results[TABLES_PART].failure is None
    assert results[TABLES_PART].left_out == [f"{TABLES_PART}: orders: DynamoDB is busy"]

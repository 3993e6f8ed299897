"""The scheduled function: metrics and logs of findings, without personal data."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from ecom_testkit.lambda_events import LambdaContext
from reconciliation.tests.builders import ADDRESS, NOW, ORDER, TOKEN
from reconciliation.tests.integration.conftest import World
from reconciliation_service import bootstrap
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.handlers import every_hour_reconcile
from reconciliation_service.progress_table import ProgressTable
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository
from reconciliation_service.snapshots import NEW, PACKAGED

CONTEXT = LambdaContext(remaining_ms=900_000)
HOW_FAR = "how far each part is"
NOTHING_FOUND = {"Findings": 0, "MoneyFindings": 0, "StuckFindings": 0}


@pytest.fixture(autouse=True)
def _function(
    monkeypatch: pytest.MonkeyPatch, world: World, repository: Repository, provider: Provider, fresh_logger: None
) -> None:
    monkeypatch.setattr(bootstrap, "repository", lambda: repository)
    monkeypatch.setattr(bootstrap, "provider", lambda: provider)
    monkeypatch.setattr(bootstrap, "progress", lambda: ProgressTable(world.client, "progress"))
    monkeypatch.setattr(bootstrap, "segments", lambda: 2)
    monkeypatch.setattr(bootstrap, "now", lambda: NOW)
    monkeypatch.setattr(bootstrap, "pause", lambda: None)
    monkeypatch.setattr(bootstrap, "limits", lambda: Limits(staff=timedelta(days=30)))
    monkeypatch.setattr(bootstrap, "ledger_window", lambda: timedelta(days=7))


def run(
    capsys: pytest.CaptureFixture[str], context: LambdaContext = CONTEXT
) -> tuple[dict[str, int], list[dict[str, Any]], str]:
    """The metrics by name, the log lines, and the complete output."""
    every_hour_reconcile.handler({}, context)
    return printed(capsys)


def printed(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, int], list[dict[str, Any]], str]:
    written = capsys.readouterr().out
    lines = [json.loads(line) for line in written.splitlines()]
    counts: dict[str, int] = {}
    for line in lines:
        for declared in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert declared["Dimensions"] == [["environment", "service"]]
            for metric in declared["Metrics"]:
                counts[metric["Name"]] = int(line[metric["Name"]])
    logged = [line for line in lines if "_aws" not in line and line["message"] != HOW_FAR]
    return counts, logged, written


def test_a_healthy_platform_has_no_findings(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.order(NEW)
    counts, logged, _ = run(capsys)
    assert counts == {**NOTHING_FOUND, "ReconciliationIncomplete": 0, "OldestPassMinutes": 0}
    assert logged == []


def test_findings_are_counted_by_kind_and_logged_with_ids_and_ages(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.order(NEW)
    world.remove("warehouse", f"order#{ORDER}")
    world.ledger.put("abandoned")
    counts, logged, _ = run(capsys)
    assert counts == {
        "ORDER_WITHOUT_STOCK": 1,
        "HOLD_WITHOUT_ORDER": 1,
        **NOTHING_FOUND,
        "Findings": 1,
        "ReconciliationIncomplete": 0,
        "OldestPassMinutes": 0,
    }, "notes do not alarm"
    (line,) = [line for line in logged if line["kind"] == "ORDER_WITHOUT_STOCK"]
    assert (line["orderId"], line["ageSeconds"], line["level"]) == (ORDER, 2 * 86400, "WARNING")


@pytest.mark.parametrize(
    ("status", "table", "metric"), [(NEW, "payment", "MoneyFindings"), (PACKAGED, "delivery", "StuckFindings")]
)
def test_money_that_disagrees_and_orders_that_are_stuck_are_counted_for_alarms_of_their_own(
    world: World, capsys: pytest.CaptureFixture[str], status: str, table: str, metric: str
) -> None:
    world.order(status)
    world.remove(table, ORDER)
    counts = run(capsys)[0]
    assert {name: counts[name] for name in NOTHING_FOUND} == {**NOTHING_FOUND, "Findings": 1, metric: 1}


def test_notes_do_not_use_up_the_lines_of_findings(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each abandoned checkout is a note every hour, until its hold expires."""
    monkeypatch.setattr(every_hour_reconcile, "MAX_LOGGED", 5)
    findings = every_hour_reconcile.Findings(NOW)
    for number in range(8):
        findings.add(Finding(Kind.HOLD_WITHOUT_ORDER, {"hold": str(number)}, "", "", None))
        findings.add(Finding(Kind.PARTNER_REQUEST_UNANSWERED, {"orderId": str(number)}, "", "", None))
    for number in range(8):
        findings.add(Finding(Kind.CHARGED_TWICE, {"orderId": str(number)}, "", "", None))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logged = Counter(line["kind"] == "CHARGED_TWICE" for line in lines)
    assert logged == {True: 5, False: 5}
    assert findings.kinds.total() == 24


def test_nothing_personal_is_written(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.order(NEW)
    world.remove("payment", ORDER)
    world.ledger.put("abandoned")
    _, logged, written = run(capsys)
    assert len(logged) == 2
    for personal in (TOKEN, "abandoned", *ADDRESS.values()):
        assert personal not in written


def test_a_part_that_fails_lets_the_others_report_and_then_fails_the_function(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise KeyError("returnId")

    monkeypatch.setattr(Repository, "returns", failing)
    world.order(NEW)
    world.remove("payment", ORDER)
    with pytest.raises(KeyError):
        every_hour_reconcile.handler({}, CONTEXT)
    counts, logged, _ = printed(capsys)
    assert (counts["ORDER_WITHOUT_PAYMENT"], counts["MoneyFindings"], counts["ReconciliationIncomplete"]) == (1, 1, 1)
    assert "returns: it failed with KeyError" in [line.get("reason") for line in logged]


def test_an_incomplete_run_is_counted_and_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.ledger.is_down = True
    counts, logged, _ = run(capsys)
    assert counts == {**NOTHING_FOUND, "ReconciliationIncomplete": 1, "OldestPassMinutes": 0}
    assert logged[0]["reason"].startswith("holds: the payment provider")


def test_a_run_that_is_out_of_time_is_no_failure_and_says_how_far_it_is(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        world.order(NEW, f"order-{number}", f"token-{number}")
    counts, logged, written = run(capsys, LambdaContext(remaining_ms=1_000))
    assert (counts["ReconciliationIncomplete"], logged) == (0, [])
    lines = [json.loads(line) for line in written.splitlines()]
    (parts,) = [line["parts"] for line in lines if line.get("message") == HOW_FAR]
    assert [(part["part"], part["scan"]) for part in parts] == [
        ("tables 0 of 2", "payments"),
        ("tables 1 of 2", "payments"),
        ("holds", "holds"),
        ("stock", "stock"),
        ("returns", "pass ended"),
        ("checkouts", "pass ended"),
        ("partners", "pass ended"),
    ]
    monkeypatch.setattr(bootstrap, "now", lambda: NOW + timedelta(hours=2))
    assert run(capsys, LambdaContext(remaining_ms=1_000))[0]["OldestPassMinutes"] == 120
    assert run(capsys)[0]["OldestPassMinutes"] == 120, "that pass began two hours ago"
    assert run(capsys)[0]["OldestPassMinutes"] == 0


def test_findings_are_known_until_a_complete_pass_finds_none(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.order(NEW)
    world.remove("warehouse", f"order#{ORDER}")
    assert run(capsys)[0]["Findings"] == 1
    world.order(NEW)
    assert run(capsys, LambdaContext(remaining_ms=1_000))[0]["Findings"] == 1, "the pass is not complete"
    assert run(capsys)[0]["Findings"] == 0

"""`make reconcile`: what it prints, and how it repairs: each fact once, again when that may help, and not for ever."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from ecom.errors import InvalidEvent
from ecom.events import OutgoingEvent
from ecom.http import Request
from ecom.stored_secret import StoredSecret
from ecom_testkit.secrets_manager import SecretsManager
from reconciliation_service.findings import Finding, Kind, Limits
from reconciliation_service.provider import Provider
from reconciliation_service.repository import Repository, TableNames
from reconciliation_service.snapshots import OrderRecords
from reconciliation_service.sweep import Sweep
from tools.operate.reconcile.__main__ import arguments
from tools.operate.reconcile.repair import NOT_YET, REPAIRED, REPUBLISH_SECONDS, Repair, Result
from tools.operate.reconcile.report import document_of, line_of, summary_of
from tools.operate.reconcile.sources import sources_of
from tools.project.aws import Target
from tools.project.environments import Environment
from tools.project.problems import Problem

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
IDS = {"orderId": "order-1"}
HELD = Finding(Kind.HOLD_NOT_VOID, IDS, "CANCELLED, still held", "void", NOW, ("PackagingCancelled",))
MISSED = Finding(Kind.STUCK_ORDER, IDS, "not published", "published", NOW, ("PackagingFailed",))
WITHOUT_DATA = Finding(Kind.ORDER_WITHOUT_STOCK, IDS, "unknown", "known", NOW, ("OrderCreated",))
NOTE = Finding(Kind.WAITING_FOR_STAFF, IDS, "NEW", "a decision", NOW - timedelta(days=2))
FOR_A_PERSON = Finding(Kind.CHARGED_TWICE, IDS, "twice", "once", None)


@dataclass
class World:
    """What each look finds, the last for ever; what was published; and a clock that only sleeping moves."""

    looks: list[list[Finding]]
    published: list[str] = field(default_factory=list)
    time: float = 0.0
    refuses: bool = False

    def inspect(self, order_ids: Iterable[str]) -> Iterator[tuple[OrderRecords, list[Finding]]]:
        assert list(order_ids) == ["order-1"]
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        yield OrderRecords("order-1"), found

    def publish(self, events: Sequence[OutgoingEvent]) -> None:
        if self.refuses:
            raise InvalidEvent("PackagingCancelled: data.detail must contain ['orderId']")
        self.published += [event.detail_type for event in events]

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def repair(self, *findings: Finding, within: float = 10) -> list[str | None]:
        repair = Repair(self, self, within, lambda: self.time, self.sleep)
        results = repair.repair(findings)
        assert [result.finding for result in results] == list(findings)
        return [result.outcome for result in results]


def test_told_once_and_repaired() -> None:
    world = World([[HELD], [HELD], [HELD], []])
    assert world.repair(HELD) == [REPAIRED]
    assert world.published == ["PackagingCancelled"]


def test_a_finding_that_a_repair_reveals_is_repaired_too() -> None:
    world = World([[HELD], [MISSED], []])
    assert world.repair(HELD) == [REPAIRED]
    assert world.published == ["PackagingCancelled", "PackagingFailed"]


def test_a_finding_that_is_gone_meanwhile_publishes_nothing() -> None:
    world = World([[]])
    assert world.repair(HELD) == [REPAIRED]
    assert world.published == []


def test_an_event_without_effect_is_published_again_until_the_time_is_over() -> None:
    world = World([[HELD]])
    assert world.repair(HELD, within=REPUBLISH_SECONDS * 2 + 1) == [NOT_YET]
    assert world.published == ["PackagingCancelled"] * 3


def test_an_event_without_data_is_not_published() -> None:
    (outcome,) = World([[WITHOUT_DATA]]).repair(WITHOUT_DATA)
    assert outcome == "cannot be repaired: there is no order"


def test_an_event_that_breaks_its_schema_is_not_published() -> None:
    (outcome,) = World([[HELD]], refuses=True).repair(HELD)
    assert outcome is not None
    assert outcome.startswith("cannot be repaired: PackagingCancelled")


def test_findings_for_a_person_are_left_alone() -> None:
    world = World([[FOR_A_PERSON]])
    assert world.repair(FOR_A_PERSON, NOTE) == [None, None]
    assert (world.published, world.time) == ([], 0)


def test_which_results_are_done() -> None:
    assert Result(NOTE).is_done
    assert Result(HELD, REPAIRED).is_done
    assert not Result(HELD, NOT_YET).is_done
    assert not Result(FOR_A_PERSON).is_done


# --- what it prints ---


def test_a_line_has_ids_age_and_what_to_do() -> None:
    line = line_of(Result(HELD), NOW + timedelta(minutes=90))
    assert "HOLD_NOT_VOID  orderId order-1  (2 h old)" in line
    assert "should be: void" in line
    assert "publish PackagingCancelled again: `make reconcile REPAIR=1` does it" in line
    assert "age unknown" in line_of(Result(FOR_A_PERSON), NOW)
    assert "refund one of the two" in line_of(Result(FOR_A_PERSON), NOW)
    assert line_of(Result(HELD, REPAIRED), NOW).endswith(REPAIRED)


def sweep() -> Sweep:
    def unavailable(_: Request) -> tuple[int, bytes]:
        raise ConnectionError

    client: Any = None
    manager: Any = SecretsManager()
    repository = Repository(client, TableNames("", "", "", "", ""))
    provider = Provider("", StoredSecret(manager, "arn"), unavailable)
    return Sweep(repository, provider, NOW, Limits(), timedelta(days=7))


def test_the_summary() -> None:
    done = sweep()
    assert summary_of([], done) == "no findings"
    done.orders_seen = 12
    done.left_out = ["the provider's ledger: no answer"]
    assert summary_of([Result(HELD), Result(FOR_A_PERSON), Result(NOTE)], done) == (
        "not compared: the provider's ledger: no answer\n"
        "2 findings (1 HOLD_NOT_VOID, 1 CHARGED_TWICE); 1 note; `make reconcile REPAIR=1` repairs 1 of them; "
        "12 orders compared"
    )
    done.left_out = []
    assert summary_of([Result(FOR_A_PERSON)], done).startswith("1 finding (")
    assert "1 of 2 repaired" in summary_of([Result(HELD, REPAIRED), Result(MISSED, NOT_YET)], done)


def test_the_document() -> None:
    document = document_of([Result(HELD, REPAIRED)], sweep(), NOW + timedelta(seconds=5))
    (finding,) = document["findings"]
    assert (finding["kind"], finding["ids"], finding["ageSeconds"]) == ("HOLD_NOT_VOID", IDS, 5)
    assert (finding["note"], finding["canBeRepaired"], finding["outcome"]) == (False, True, REPAIRED)


@pytest.mark.parametrize("wrong", [["--older-than", "-1"], ["--older-than", "nan"], ["--within", "x"], ["--what"]])
def test_a_wrong_argument_is_told(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments(wrong)
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_what_is_not_deployed_is_named_with_the_command_that_brings_it(fake_aws: None) -> None:
    with mock_aws():
        session = boto3.Session(region_name="eu-west-1")
        environment = Environment("dev", "aws", "eu-west-1")
        names = "cart, delivery, orders, partners, payment, payment-3p, platform, returns, warehouse"
        with pytest.raises(Problem, match=f"{names} not deployed"):
            sources_of(Target(environment, session))

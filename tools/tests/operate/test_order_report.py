"""`make reconcile ARGS="--about ORDER"`: judged at once; what is under way is said and is no finding."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciliation.tests.builders import ORDER, TOKEN, records
from reconciliation_service.snapshots import FULFILLED, HELD, NEW, LedgerEntry, OrderRecords
from tools.operate.reconcile.__main__ import arguments, run
from tools.operate.reconcile.sources import Sources
from tools.project.problems import Problem


@dataclass
class Tables:
    """The tables and the provider's ledger, with one order."""

    order: OrderRecords

    def records_of(self, order_ids: Iterable[str]) -> Iterator[list[OrderRecords]]:
        yield [self.order if order_id == ORDER else OrderRecords(order_id) for order_id in order_ids]

    def entries(self, tokens: Iterable[str]) -> dict[str, LedgerEntry]:
        return {token: self.order.ledger[token] for token in tokens if token in self.order.ledger}


def order(status: str = NEW, minutes: float = 0) -> OrderRecords:
    """An order that got its status so many minutes ago."""
    return records(status, datetime.now(UTC) - timedelta(minutes=minutes))


def without_stock(minutes: float) -> OrderRecords:
    return replace(order(NEW, minutes), request=None)


def ask(order: OrderRecords, *options: str, about: str = ORDER) -> int:
    tables: Any = Tables(order)
    publisher: Any = None
    return run(arguments(["--about", about, *options]), Sources(tables, tables, publisher))


def test_a_healthy_order_shows_its_status_in_every_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(order(FULFILLED, minutes=1)) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"order {ORDER}: FULFILLED, payment CAPTURED, packaging COMPLETED, delivery COMPLETED, provider CAPTURED",
        "no findings",
    ]


def test_an_order_that_waits_for_staff_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(order(NEW, minutes=3)) == 0
    printed = capsys.readouterr().out
    assert "- under way: NEW: waits for packaging (for 3 min; a note after 1 d)" in printed
    assert printed.endswith("\nno findings\n")


def test_a_recent_disagreement_is_under_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(without_stock(minutes=2)) == 0
    printed = capsys.readouterr().out
    assert "- under way: the warehouse has no request; should be: a packaging request (for 2 min)" in printed
    assert "ORDER_WITHOUT_STOCK is a finding after 10 min, or with --older-than 0" in printed
    assert printed.endswith("\nno findings\n")
    assert ask(without_stock(minutes=2), "--older-than", "0") == 1
    printed = capsys.readouterr().out
    assert "under way" not in printed
    assert "- ORDER_WITHOUT_STOCK" in printed


def delivered_not_captured(minutes: float) -> OrderRecords:
    was = order(FULFILLED, minutes)
    assert was.payment is not None
    entry = replace(was.ledger[TOKEN], status=HELD, captured=0)
    return replace(was, payment=replace(was.payment, status=HELD), ledger={TOKEN: entry})


def not_progressing(minutes: float) -> OrderRecords:
    """It is shipped, and its delivery is no row that anybody works on."""
    was = order("SHIPPED", minutes)
    assert was.delivery is not None
    return replace(was, delivery=replace(was.delivery, status="UNKNOWN"))


@pytest.mark.parametrize(
    ("damaged", "kind"), [(delivered_not_captured, "DELIVERED_NOT_CAPTURED"), (not_progressing, "STUCK_ORDER")]
)
def test_an_order_younger_than_an_hour_is_judged(damaged: Any, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(damaged(minutes=20)) == 1
    printed = capsys.readouterr().out
    assert f"- {kind}  orderId {ORDER}  (20 min old)" in printed
    assert "under way" not in printed
    assert ask(damaged(minutes=2)) == 0
    assert "- under way: " in capsys.readouterr().out


def test_the_json_document_has_what_is_under_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(without_stock(minutes=2), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["findings"] == []
    assert [each["kind"] for each in document["underWay"]] == ["ORDER_WITHOUT_STOCK"]


def test_no_token_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    ask(delivered_not_captured(minutes=2))
    ask(delivered_not_captured(minutes=2), "--json")
    assert TOKEN not in capsys.readouterr().out


def test_a_misspelt_order_is_an_error() -> None:
    with pytest.raises(Problem, match="no service knows an order order-x"):
        ask(order(), about="order-x")

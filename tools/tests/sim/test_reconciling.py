"""What the reconciliation of the simulated world may find, that it ends, and the mistakes that it has to find."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ecom.dynamo_values import plain, typed
from reconciliation_service import findings
from tools.local.delivery.model import Outcome
from tools.sim.dynamodb.table import Keys, Schema, Table
from tools.sim.invariants import mistakes, reconciling
from tools.sim.invariants.mistakes import Mistake, make_mistakes
from tools.sim.invariants.reading import ORDERS, PAYMENT
from tools.tests.sim.quiet import KEYS, OWN, world


def test_the_notes_are_those_of_the_reconciliation() -> None:
    assert {str(kind.value) for kind in findings.NOTES} == reconciling.NOTES


class Lambda:
    """Runs the reconciliation: each call logs the next lines."""

    def __init__(self, *passes: list[dict[str, Any]]) -> None:
        self._passes = iter(passes)
        self.world: Any = None

    def invoke(self, arn: str, _event: Any, _name: str) -> Outcome:
        self.world.logs += [f"{reconciling.RECONCILE}: {json.dumps(line)}" for line in next(self._passes, [])]
        return Outcome(None)


def at_night(*passes: list[dict[str, Any]]) -> Any:
    """A world whose reconciliation logs this."""
    found = world()
    found.functions = Lambda(*passes)
    found.functions.world = found
    found.blueprint = SimpleNamespace(functions={reconciling.RECONCILE: None})
    found.background = lambda _name, work: SimpleNamespace(done=SimpleNamespace(value=work()))
    found.run = lambda *_: None
    return found


def reconciled(*passes: list[dict[str, Any]]) -> list[str]:
    return [violation.name for violation in reconciling.reconcile(at_night(*passes))]


def how_far(*scans: str) -> dict[str, Any]:
    return {"message": "how far each part is", "parts": [{"part": "a", "scan": scan} for scan in scans]}


def test_a_pass_may_end_in_a_later_run() -> None:
    assert reconciled([how_far("pass ended", "orders")], [how_far("pass ended", "pass ended")]) == []


@pytest.mark.parametrize("line", [{}, how_far("orders"), how_far("pass ended", "orders"), how_far()])
def test_a_reconciliation_that_did_not_end_breaks_its_promise(line: dict[str, Any]) -> None:
    assert reconciled(*[[line]] * 9) == ["RECONCILE"]


def test_a_finding_breaks_the_promise_and_a_note_does_not() -> None:
    end = how_far("pass ended")
    assert reconciled([{"message": "finding", "kind": "HOLD_WITHOUT_ORDER"}, end]) == []
    assert reconciled([{"message": "finding", "kind": "WRONG_CHARGE"}, end]) == ["RECONCILE"]


@pytest.mark.parametrize(
    ("logged", "broken"),
    [
        ({"kind": "STUCK_ORDER", "orderId": "o"}, []),
        ({"kind": "STUCK_ORDER", "orderId": "another"}, ["RECONCILE"]),
        ({"kind": "BOOKS_DIFFER", "orderId": "o"}, ["RECONCILE"]),
        ({}, ["RECONCILE"]),
    ],
)
def test_a_mistake_that_is_not_found_breaks_the_promise(
    logged: dict[str, str], broken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "make_mistakes", lambda _: [Mistake("STUCK_ORDER", "o")])
    found = at_night([{"message": "finding", **logged}, how_far("pass ended")])
    assert [violation.name for violation in reconciling.reconcile_mistakes(found)] == broken


def test_there_is_a_mistake_for_each_kind_of_finding() -> None:
    made = set(re.findall(r'Mistake\("(\w+)"', Path(mistakes.__file__).read_text(encoding="utf-8")))
    assert made == {kind.value for kind in findings.Kind} - reconciling.NOTES


def in_tables(*orders: dict[str, Any]) -> Any:
    """A world with real tables and these orders, each with its payment."""
    found = world()
    for name, items in list(found.tables.items()):
        key = KEYS[name]
        made = found.store.tables[name] = Table(Schema(name, "", Keys(key), {key: "S"}))
        for own, item in items.items():
            made.write(own, item)
        found.tables[name] = made.items
    ends = {"FULFILLED": "CAPTURED", "CANCELLED": "VOIDED"}
    for order in orders:
        own, payment = order["orderId"], {"orderId": order["orderId"], "status": ends[order["status"]]}
        found.store.tables[ORDERS].write((own,), typed(order))
        found.store.tables[PAYMENT].write((own,), typed(payment))
    return found


def test_each_mistake_is_in_rows_of_its_own() -> None:
    order = {"status": "FULFILLED", "total": 5, "paymentToken": "t"}
    fulfilled = [{"orderId": f"f{number:02}", **order} for number in range(20)]
    found = in_tables(*fulfilled)
    made = make_mistakes(found)
    about = [mistake.about for mistake in made if mistake.about.startswith("f")]
    twice = {"ORDER_WITHOUT_PAYMENT", "NO_DELIVERY_OPENED", "ORDER_WITHOUT_STOCK", "STUCK_ORDER"}
    assert len(set(about)) == len(about) - len(twice) // 2
    others = [mistake.about for mistake in made if mistake.kind == "CHARGED_OTHER_AMOUNT"]
    assert [plain(found.items(ORDERS)[other,])["total"] for other in others] == [6, 4]
    (stuck,) = [mistake.about for mistake in made if mistake.kind == "STUCK_ORDER"]
    assert plain(found.items(ORDERS)[stuck,])["status"] == "SHIPPED"
    (gone,) = [mistake.about for mistake in made if mistake.kind == "CHARGED_WITHOUT_ORDER"]
    assert (gone,) not in found.items(ORDERS)


def test_orders_with_refunds_and_returns_are_left_to_the_mistakes_about_these() -> None:
    made = make_mistakes(in_tables())
    assert {mistake.kind for mistake in made if mistake.about == OWN} == set()
    assert {mistake.kind for mistake in made} >= {"RETURN_NOT_RESTOCKED", "STOCK_DOES_NOT_ADD_UP"}

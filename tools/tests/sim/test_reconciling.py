"""What the reconciliation of the simulated world may find, that it ends, and the mistakes that it has to find."""

import inspect
import json
from types import SimpleNamespace
from typing import Any

import pytest

from ecom.dynamo_values import plain, typed
from reconciliation_service import findings
from tools.local.delivery.model import Outcome
from tools.sim.dynamodb.table import Keys, Schema, Table
from tools.sim.invariants import mistakes, reconciling
from tools.sim.invariants.mistakes import Mistake, make_mistakes
from tools.sim.invariants.reading import CHECKOUTS, DELIVERY, ORDERS, PARTNER_REQUESTS, PAYMENT, PROVIDER, WAREHOUSE
from tools.tests.sim.quiet import KEYS, RETURN, world


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


def test_what_was_not_compared_breaks_the_promise() -> None:
    line = {"message": "not everything was compared", "reason": "the provider's ledger"}
    assert reconciled([line, how_far("pass ended")]) == ["RECONCILE"]


@pytest.mark.parametrize("outcome", [Outcome(None, failed=True), Outcome(None, throttled=True)])
def test_a_reconciliation_that_fails_breaks_the_promise(outcome: Outcome) -> None:
    found = at_night([how_far("pass ended")])
    logs = found.functions.invoke
    found.functions.invoke = lambda *asked: (logs(*asked), outcome)[1]
    assert [violation.name for violation in reconciling.reconcile(found)] == ["RECONCILE"]


def test_all_functions_that_make_mistakes_are_called() -> None:
    made = [each for name, each in vars(mistakes).items() if name.startswith("_") and inspect.isgeneratorfunction(each)]
    assert {each.__name__ for each in made} == {each.__name__ for each in mistakes.KINDS}


PAYMENTS = {"FULFILLED": "CAPTURED", "CANCELLED": "VOIDED", "DELIVERY_FAILED": "VOIDED"}
TRACKED = {"productId": "p", "quantity": 1, "packaged": 1, "tracked": True}


def in_tables(**orders: str) -> Any:
    """A world with real tables and these orders, whose ids are given with their status. Each has all of its rows."""
    found = world()
    for name, items in list(found.tables.items()):
        found.store.tables[name] = _table(name, KEYS[name], items)
    for name in (CHECKOUTS, PARTNER_REQUESTS):
        found.store.tables[name] = _table(name, "orderId", {})
    for name, table in found.store.tables.items():
        found.tables[name] = table.items
    for own, status in orders.items():
        request = {"id": f"order#{own}", "status": "COMPLETED", "lines": [TRACKED], "deliveryFailed": True}
        for name, row in (
            (ORDERS, {"orderId": own, "status": status, "total": 5, "paymentToken": f"token-{own}"}),
            (PAYMENT, {"orderId": own, "status": PAYMENTS[status], "paymentToken": f"token-{own}"}),
            (PROVIDER, {"paymentToken": f"token-{own}", "status": "CANCELLED"}),
            (DELIVERY, {"orderId": own, "status": "COMPLETED"}),
            (WAREHOUSE, request),
            (CHECKOUTS, {"orderId": own, "settledDate": "2026"}),
            (PARTNER_REQUESTS, {"orderId": own, "email": "a@b"}),
        ):
            key = str(row[KEYS.get(name, "orderId")])
            found.store.tables[name].write((key,), typed(row))
    return found


def _table(name: str, key: str, items: Any) -> Table:
    made = Table(Schema(name, "", Keys(key), {key: "S"}))
    for own, item in items.items():
        made.write(own, item)
    return made


MANY = {
    **{f"f{number:02}": "FULFILLED" for number in range(20)},
    **{f"c{number:02}": "CANCELLED" for number in range(9)},
    **{f"d{number:02}": "DELIVERY_FAILED" for number in range(2)},
}
# These functions make two kinds about one order.
PAIRS = 2


def test_there_is_a_mistake_for_each_kind_of_finding_in_rows_of_its_own() -> None:
    found = in_tables(**MANY)
    made = make_mistakes(found)
    of_returns = {"STUCK_RETURN", "RETURN_NOT_PAID"}  # there is one return
    assert {mistake.kind for mistake in made} == {kind.value for kind in findings.Kind} - reconciling.NOTES - of_returns
    about = [mistake.about for mistake in made if mistake.about in MANY]
    assert len(set(about)) == len(about) - PAIRS


def test_a_mistake_changes_what_it_says() -> None:
    found = in_tables(**MANY)
    made = make_mistakes(found)

    def about(kind: str) -> list[str]:
        return [mistake.about for mistake in made if mistake.kind == kind]

    def shown(table: str, key: str) -> Any:
        return plain(found.items(table)[key,])

    assert [shown(ORDERS, each)["total"] for each in about("CHARGED_OTHER_AMOUNT")] == [6, 4]
    assert [shown(ORDERS, each)["status"] for each in about("STUCK_ORDER")] == ["SHIPPED"]
    assert [(each,) in found.items(ORDERS) for each in about("CHARGED_WITHOUT_ORDER")] == [False]
    assert ["modifiedDate" in shown(ORDERS, each) for each in about("BOOKS_DIFFER")] == [True, False]
    assert "deliveryFailed" not in shown(WAREHOUSE, f"order#{about('STOCK_NOT_BACK')[1]}")
    (twice,) = about("CHARGED_TWICE")
    assert shown(PAYMENT, twice)["paymentToken"] != shown(ORDERS, twice)["paymentToken"]


@pytest.mark.parametrize("payment", [{"refunded": 300}, {"status": "HELD"}])
def test_an_order_whose_payment_is_unusual_is_left_out(payment: dict[str, Any]) -> None:
    found = in_tables(f00="FULFILLED")
    own = {**plain(found.items(PAYMENT)["f00",]), **payment}
    found.store.tables[PAYMENT].write(("f00",), typed(own))
    assert "f00" not in {mistake.about for mistake in make_mistakes(found)}


def test_a_return_is_not_of_an_order_that_another_mistake_uses() -> None:
    made = make_mistakes(in_tables())
    assert [mistake.kind for mistake in made if mistake.about == RETURN] == ["RETURN_NOT_RESTOCKED"]

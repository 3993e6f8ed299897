"""The flash sale: as many orders as units, and every buyer learns how it ended."""

from tools.sim.flash_sale import Buyer, Sale, count_violations
from tools.tests.sim.conftest import Simulate


def test_a_crowd_gets_as_many_orders_as_there_are_units(simulate: Simulate) -> None:
    done = simulate("--flash-sale", "--orders", "60", "--units", "6")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "60 buyers of 6 units within 60 s: 54 INSUFFICIENT_STOCK, 6 bought" in done.stdout
    assert "promises broken: none" in done.stdout


def sale_of(*outcomes: str, units: int) -> Sale:
    buyers = []
    for outcome in outcomes:
        buyer = Buyer.__new__(Buyer)
        buyer.outcome = outcome
        buyers.append(buyer)
    return Sale(buyers, units)


def test_too_many_orders_and_buyers_without_an_answer_are_noticed() -> None:
    assert count_violations(sale_of("bought", "INSUFFICIENT_STOCK", units=1), accepted=1) == []
    oversold = count_violations(sale_of("bought", "bought", units=1), accepted=2)
    assert [violation.name for violation in oversold] == ["K2"]
    left_alone = count_violations(sale_of("bought", "gave up: TRY_AGAIN", units=1), accepted=1)
    assert [violation.name for violation in left_alone] == ["O2"]

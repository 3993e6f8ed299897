"""What the reconciliation of the simulated world may find without a promise being broken."""

from reconciliation_service import findings
from tools.sim.invariants import checks


def test_the_notes_are_those_of_the_reconciliation() -> None:
    assert {str(kind.value) for kind in findings.NOTES} == checks.NOTES

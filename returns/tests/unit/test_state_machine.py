"""The state machine, state by state, in virtual time: which function runs when, and what its outcome leads to.

The executor is the local cloud's (tools/local/aws/stepfunctions), the definition that of the template.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tools.local.aws.stepfunctions.virtual_time import VirtualExecution, read_definition

FILE = Path(__file__).parents[2] / "state-machine.asl.yaml"
FUNCTIONS = ("Register", "Wait", "Restock", "Refund")
DAY = 86_400
RETURN = "user_return-1"
LATER = "RetryLater"  # another service is busy
DEFECT = "KeyError"
GIVEN = {"Partition": "aws", "DecisionDays": "60", "GoodsDays": "30", **{f"{name}Function": name for name in FUNCTIONS}}


class Execution(VirtualExecution):
    """An execution of a return. Waits take their whole time."""

    def __init__(self, **given: Any) -> None:
        super().__init__(read_definition(FILE, GIVEN), RETURN, given)

    def decided(self, status: str) -> None:
        """The holder of the task token ends the wait."""
        self.end_wait({"status": status})

    def answer(self, function: str, status: str = "", within: float = 0.0) -> Mapping[str, Any]:
        """Check which function is next, let it return, and return its payload."""
        name, payload = self.next_call(within)
        assert name == function
        self.returns({"returnId": RETURN, "status": status} if status else {})
        return payload


@pytest.fixture
def requested() -> Execution:
    """It waits for a decision."""
    execution = Execution(returnId=RETURN)
    execution.answer("Register", "REQUESTED")
    execution.answer("Wait")
    return execution


@pytest.fixture
def approved(requested: Execution) -> Execution:
    """It waits for goods."""
    requested.decided("APPROVED")
    requested.answer("Wait")
    return requested


@pytest.fixture
def received(approved: Execution) -> Execution:
    approved.decided("RECEIVED")
    return approved


def test_from_the_request_to_the_money() -> None:
    execution = Execution(userId="user", request={"orderId": "order-1"})
    payload = execution.answer("Register", "REQUESTED")
    assert payload == {"returnId": RETURN, "userId": "user", "request": {"orderId": "order-1"}}
    first = {"entered": "1970-01-01T00:00:00.000Z", "redrives": 0, "retries": 0}
    waits = {"returnId": RETURN, "whileIn": "REQUESTED", "taskToken": "token", "attempt": first}
    assert execution.answer("Wait") == waits
    execution.decided("APPROVED")
    assert execution.answer("Wait") == {**waits, "whileIn": "APPROVED"}
    execution.decided("RECEIVED")
    assert execution.answer("Restock", "RECEIVED") == {"returnId": RETURN, "correlationId": ""}
    assert execution.answer("Refund", "REFUNDED") == {"returnId": RETURN, "correlationId": ""}
    assert execution.has_ended()
    assert execution.status == "SUCCEEDED"
    assert json.loads(execution.record["output"]) == {"returnId": RETURN, "status": "REFUNDED"}


def test_the_functions_work_on_the_request_that_graphql_stored() -> None:
    execution = Execution(returnId=RETURN, correlationId="request-1")
    assert execution.answer("Register", "REQUESTED") == {"returnId": RETURN, "correlationId": "request-1"}
    execution.answer("Wait")
    execution.decided("APPROVED")
    execution.answer("Wait")
    execution.decided("RECEIVED")
    for function, status in (("Restock", "RECEIVED"), ("Refund", "REFUNDED")):
        assert execution.answer(function, status)["correlationId"] == "request-1"


@pytest.mark.parametrize("status", ["REFUNDED", "FAILED"])
def test_a_return_that_an_earlier_execution_ended_is_left_alone(status: str) -> None:
    execution = Execution(returnId=RETURN)
    execution.answer("Register", status)
    assert execution.has_ended()
    assert execution.status == "SUCCEEDED"


@pytest.mark.parametrize("status", ["REFUSED", "CANCELLED", "EXPIRED"])
class TestEarlyEnds:
    def test_at_the_start(self, status: str) -> None:
        execution = Execution(returnId=RETURN)
        execution.answer("Register", status)
        assert execution.has_ended()

    def test_by_a_decision(self, requested: Execution, status: str) -> None:
        requested.decided(status)
        assert requested.has_ended()

    def test_after_the_approval(self, approved: Execution, status: str) -> None:
        approved.decided(status)
        assert approved.has_ended()
        assert approved.status == "SUCCEEDED"


class TestTimeOuts:
    def test_nothing_is_decided(self, requested: Execution) -> None:
        begun = requested.now
        payload = requested.answer("Wait", "EXPIRED", within=61 * DAY)
        assert payload == {"returnId": RETURN, "correlationId": "", "whileIn": "REQUESTED"}
        assert requested.now - begun == pytest.approx(60 * DAY)
        assert requested.has_ended()

    def test_no_goods_come(self, approved: Execution) -> None:
        begun = approved.now
        payload = approved.answer("Wait", "EXPIRED", within=31 * DAY)
        assert payload == {"returnId": RETURN, "correlationId": "", "whileIn": "APPROVED"}
        assert approved.now - begun == pytest.approx(30 * DAY)
        assert approved.has_ended()

    def test_a_decision_at_the_same_moment_counts(self, requested: Execution) -> None:
        requested.answer("Wait", "APPROVED", within=61 * DAY)
        assert requested.answer("Wait")["whileIn"] == "APPROVED"

    def test_goods_at_the_same_moment_count(self, approved: Execution) -> None:
        approved.answer("Wait", "RECEIVED", within=31 * DAY)
        approved.answer("Restock", "RECEIVED")


@pytest.mark.parametrize("function", ["Register", "Refund"])
def test_a_busy_service_is_asked_for_a_month(function: str, received: Execution) -> None:
    execution = Execution(returnId=RETURN) if function == "Register" else received
    if function == "Refund":
        execution.answer("Restock", "RECEIVED")
    begun, before = execution.now, execution.now
    while execution.now < begun + 30 * DAY:
        name, _ = execution.next_call(within=901)
        assert name == function, f"{execution.now - before} seconds after the attempt before"
        before = execution.now
        execution.raises(LATER)
    assert execution.status == "RUNNING"


@pytest.mark.parametrize("function", ["Register", "Refund"])
def test_a_defect_fails_the_execution_within_the_hour(function: str, received: Execution) -> None:
    execution = Execution(returnId=RETURN) if function == "Register" else received
    if function == "Refund":
        execution.answer("Restock", "RECEIVED")
    for _ in range(7):
        name, _ = execution.next_call(within=3600)
        assert name == function
        execution.raises(DEFECT)
    assert execution.has_ended()
    assert (execution.status, execution.record["error"]) == ("FAILED", DEFECT)
    assert execution.now < 3600


def test_a_wait_whose_function_fails_is_begun_again() -> None:
    execution = Execution(returnId=RETURN)
    execution.answer("Register", "REQUESTED")
    execution.next_call()
    execution.raises(LATER)
    again = execution.answer("Wait", within=60)
    assert (again["whileIn"], again["attempt"]["retries"]) == ("REQUESTED", 1)
    execution.decided("REFUSED")
    assert execution.has_ended()


@pytest.mark.parametrize("error", [LATER, DEFECT, "Lambda.Unknown"])
def test_a_warehouse_that_does_not_answer_delays_no_refund_for_long(received: Execution, error: str) -> None:
    begun = received.now
    for _ in range(7):
        assert received.next_call(within=60)[0] == "Restock"
        received.raises(error)
    received.answer("Refund", "REFUNDED")
    assert received.now - begun < 120
    for _ in range(3):
        assert received.next_call(within=DAY)[0] == "Restock"
        received.raises(LATER)
    received.answer("Restock", "REFUNDED", within=DAY)
    assert received.has_ended()
    assert received.status == "SUCCEEDED"


def test_a_declined_refund_ends_well_for_the_machine(received: Execution) -> None:
    received.answer("Restock", "RECEIVED")
    received.answer("Refund", "FAILED")
    assert received.has_ended()
    assert received.status == "SUCCEEDED"

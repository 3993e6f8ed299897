"""Starting executions and ending waits twice changes nothing; a step that cannot know its outcome is retried."""

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from ecom.errors import TryAgain
from ecom.state_machine import HAS_ENDED, RetryLater, StateMachine, step
from ecom_testkit.lambda_events import LambdaContext


class Client:
    """Step Functions, as far as it is called; refuses with a code."""

    def __init__(self, code: str = "") -> None:
        self.code, self.calls = code, list[Mapping[str, str]]()

    def _call(self, **given: str) -> None:
        self.calls.append(given)
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": ""}}, "call")

    start_execution = send_task_success = _call


def machine(client: Any) -> StateMachine:
    return StateMachine(client, "arn:machine")


def test_an_execution_is_started_with_its_name_and_input() -> None:
    client = Client()
    machine(client).start("return-1", {"returnId": "return-1"})
    assert client.calls == [{"stateMachineArn": "arn:machine", "name": "return-1", "input": '{"returnId":"return-1"}'}]


def test_an_execution_that_ran_already_counts_as_started() -> None:
    machine(Client("ExecutionAlreadyExists")).start("return-1", {})


@pytest.mark.parametrize("code", sorted(HAS_ENDED))
def test_a_wait_that_has_ended_is_left_alone(code: str) -> None:
    machine(Client(code)).end_wait("token", {})


@pytest.mark.parametrize("code", ["AccessDeniedException", "StateMachineDoesNotExist", "ExecutionLimitExceeded"])
def test_any_other_refusal_is_raised(code: str) -> None:
    with pytest.raises(ClientError):
        machine(Client(code)).start("return-1", {})
    with pytest.raises(ClientError):
        machine(Client(code)).end_wait("token", {})


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ThrottlingException"}}, "call"),
        ClientError({"Error": {"Code": "InternalFailure"}, "ResponseMetadata": {"HTTPStatusCode": 500}}, "call"),  # type: ignore[typeddict-item]  # as much as our code reads
        ReadTimeoutError(endpoint_url="x"),
        EndpointConnectionError(endpoint_url="x"),
    ],
)
def test_step_functions_that_is_busy_or_does_not_answer_is_asked_again(error: Exception) -> None:
    class Failing:
        def start_execution(self, **_: str) -> None:
            raise error

        send_task_success = start_execution

    with pytest.raises(TryAgain):
        machine(Failing()).start("return-1", {})
    with pytest.raises(TryAgain):
        machine(Failing()).end_wait("token", {})


def test_a_step_answers_what_it_returns() -> None:
    assert step(lambda event, request: {**event, "request": request})({"a": 1}, LambdaContext()) == {
        "a": 1,
        "request": "request-1",
    }


def test_a_step_whose_outcome_is_unknown_is_retried_later() -> None:
    def run(_event: Mapping[str, Any], _request: str) -> Mapping[str, Any]:
        raise TryAgain("no answer")

    with pytest.raises(RetryLater, match="no answer"):
        step(run)({}, LambdaContext())


def test_a_defect_of_a_step_is_raised_as_it_is() -> None:
    with pytest.raises(KeyError):
        step(lambda event, _: {"id": event["id"]})({}, LambdaContext())

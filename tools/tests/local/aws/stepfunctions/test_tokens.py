"""Task tokens: who may report, when a token is valid, and that it is shown nowhere."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.aws.stepfunctions.machine import Machine, Teller, machine, output, wait_for_token
from tools.tests.local.stacks import eventually

PASS = {"Type": "Pass", "End": True}


@pytest.fixture
def teller(cloud: Cloud) -> Teller:
    return Teller(cloud)


def error_of(call: Any, **request: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return str(caught.value.response["Error"]["Code"])


def is_waiting(one: Machine, execution: str) -> bool:
    return one.kinds(execution)[-1] == "TaskSubmitted"


def test_the_holder_of_the_token_ends_the_task(cloud: Cloud, teller: Teller) -> None:
    done = {"Type": "Pass", "Output": {"got": "{% $states.input.answer %}"}, "End": True}
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name, Next="Done"), Done=done))
    execution = one.start({"a": 1})
    (told,) = teller.told()
    assert told["input"] == {"a": 1}
    eventually(lambda: is_waiting(one, execution), "the task waits for its token")
    one.client.send_task_heartbeat(taskToken=told["token"])
    one.client.send_task_success(taskToken=told["token"], output='{"answer": [1, null]}')
    assert output(one.ended(execution)) == {"got": [1, None]}
    assert one.kinds(execution)[2:6] == ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"]
    history = json.dumps(one.events(execution), default=str)
    assert told["token"] not in history
    assert '\\"told\\":true' in history


def test_a_token_dies_with_its_task(cloud: Cloud, teller: Teller) -> None:
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name)))
    execution = one.start()
    token = teller.token()
    one.client.send_task_success(taskToken=token, output="1")
    for call, request in (
        (one.client.send_task_success, {"output": "2"}),
        (one.client.send_task_failure, {}),
        (one.client.send_task_heartbeat, {}),
    ):
        assert error_of(call, taskToken=token, **request) == "TaskTimedOut"
    assert output(one.ended(execution)) == 1
    assert error_of(one.client.send_task_failure, taskToken=token) == "TaskTimedOut"
    cloud.client("stepfunctions").delete_state_machine(stateMachineArn=one.arn)
    assert error_of(one.client.send_task_failure, taskToken=token) == "TaskDoesNotExist"


def test_a_token_cannot_be_guessed(cloud: Cloud, teller: Teller) -> None:
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name)))
    execution = one.start()
    token = teller.token()
    assert len(token) > 500
    for forged in (token[:-8] + "AAAAAAA=", "A" + token[1:], "AAAA", "not a token", token[:40]):
        assert error_of(one.client.send_task_success, taskToken=forged, output="1") == "InvalidToken"
    assert one.describe(execution)["status"] == "RUNNING"
    other = one.start()
    assert teller.told(2)[1]["token"] != token
    one.client.stop_execution(executionArn=other)
    one.client.stop_execution(executionArn=execution)
    assert error_of(one.client.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_the_holder_of_the_token_fails_the_task(cloud: Cloud, teller: Teller) -> None:
    catch = {"ErrorEquals": ["Refused"], "Next": "Caught", "Assign": {"why": "{% $states.errorOutput.Cause %}"}}
    caught = {"Type": "Pass", "Output": "{% $why %}", "End": True}
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name, Catch=[catch]), Caught=caught))
    execution = one.start()
    one.client.send_task_failure(taskToken=teller.token(), error="Refused", cause="by staff")
    assert output(one.ended(execution)) == "by staff"


def test_a_retried_task_has_another_token(cloud: Cloud, teller: Teller) -> None:
    retry = {"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name, Retry=[retry])))
    execution = one.start()
    first = teller.token()
    one.client.send_task_failure(taskToken=first)
    second = teller.told(2)[1]["token"]
    assert error_of(one.client.send_task_success, taskToken=first, output="1") == "TaskTimedOut"
    one.client.send_task_success(taskToken=second, output="2")
    assert output(one.ended(execution)) == 2


def test_a_task_without_a_report_times_out_in_a_sixtieth(cloud: Cloud, teller: Teller) -> None:
    catch = {"ErrorEquals": ["States.Timeout"], "Next": "Late"}
    limit = "{% $states.input.days * 2 %}"
    one = Machine(
        cloud, machine("Ask", Ask=wait_for_token(teller.name, TimeoutSeconds=limit, Catch=[catch]), Late=PASS)
    )
    execution = one.start({"days": 60})
    token = teller.token()
    assert output(one.ended(execution))["Error"] == "States.Timeout"
    (scheduled,) = [event for event in one.events(execution) if event["type"] == "TaskScheduled"]
    assert scheduled["taskScheduledEventDetails"]["timeoutInSeconds"] == 120
    assert error_of(one.client.send_task_success, taskToken=token, output="1") == "TaskTimedOut"


def test_a_missed_heartbeat(cloud: Cloud, teller: Teller) -> None:
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name, HeartbeatSeconds=60, TimeoutSeconds=86_400)))
    described = one.run()
    assert (described["status"], described["error"]) == ("FAILED", "States.HeartbeatTimeout")


def test_what_is_reported_must_be_json_of_256_kib(cloud: Cloud, teller: Teller) -> None:
    one = Machine(cloud, machine("Ask", Ask=wait_for_token(teller.name)))
    execution = one.start()
    token = teller.token()
    assert error_of(one.client.send_task_success, taskToken=token, output="not JSON") == "InvalidOutput"
    large = json.dumps("x" * 262_143)
    assert error_of(one.client.send_task_success, taskToken=token, output=large) == "ValidationException"
    one.client.send_task_success(taskToken=token, output=json.dumps("x" * 262_000))
    assert len(output(one.ended(execution))) == 262_000

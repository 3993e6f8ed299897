"""Executions against a cloud: states, data, errors, and what their history tells."""

import itertools
import json
from typing import Any

import pytest

from tools.local.client import Cloud
from tools.tests.local.aws.stepfunctions.machine import Machine, echo, machine, output, task
from tools.tests.local.delivery.cloud import Inbox, make_queue


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> str:
    return echo(cloud)


def end(kind: str = "Pass", **fields: Any) -> dict[str, Any]:
    return {"Type": kind, "End": True, **fields}


def test_a_task_calls_its_function_and_the_history_tells_it(cloud: Cloud, function: str) -> None:
    one = Machine(
        cloud,
        machine(
            "Ask",
            Ask=task(
                function,
                {"answer": {"sum": "{% $states.input.a + $states.input.b %}"}},
                Output="{% $states.result.Payload.sum %}",
                Assign={"sum": "{% $states.result.Payload.sum %}"},
                Next="Tell",
            ),
            Tell=end(Output={"sum": "{% $sum %}", "again": "{% $states.input %}"}),
        ),
    )
    execution = one.start({"a": 1, "b": 2})
    assert output(one.ended(execution)) == {"sum": 3, "again": 3}
    events = one.events(execution)
    assert [event["type"] for event in events] == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
        "PassStateEntered", "PassStateExited", "ExecutionSucceeded",
    ]  # fmt: skip
    assert [(event["id"], event["previousEventId"]) for event in events] == [(one + 1, one) for one in range(9)]
    assert events[0]["executionStartedEventDetails"]["roleArn"] == one.role
    assert events[2]["taskScheduledEventDetails"] == {
        "resourceType": "lambda",
        "resource": "invoke",
        "region": "us-east-1",
        "parameters": json.dumps({"FunctionName": function, "Payload": {"answer": {"sum": 3}}}, separators=(",", ":")),
    }
    assert json.loads(events[4]["taskSucceededEventDetails"]["output"])["StatusCode"] == 200
    assert events[5]["stateExitedEventDetails"]["assignedVariables"] == {"sum": "3"}


def test_half_of_a_surrogate_pair_is_a_text_like_others(cloud: Cloud, function: str) -> None:
    hashed = {"text": "{% $states.input.text %}", "hash": "{% $hash($states.input.text, 'MD5') %}"}
    one = Machine(cloud, machine("Ask", Ask=task(function, {"answer": "{% $states.input %}"}, Output=hashed)))
    execution = one.start({"text": "\ud83d"})
    of_question_mark = "d1457b72c3fb323a2671125aef3eab5d"  # as which Java hashes it
    assert output(one.ended(execution)) == {"text": "\ud83d", "hash": of_question_mark}
    assert r"\ud83d" in one.events(execution)[0]["executionStartedEventDetails"]["input"]


def test_choices_and_waits(cloud: Cloud) -> None:
    one = Machine(
        cloud,
        machine(
            "Large",
            Large={
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $states.input.n > 10 %}", "Next": "Wait", "Output": "{% $states.input.n %}"}
                ],
                "Default": "No",
            },
            Wait={"Type": "Wait", "Seconds": "{% $states.input %}", "Next": "Done"},
            No={"Type": "Fail", "Error": "TooSmall", "Cause": "{% 'it is ' & $states.input.n %}"},
            Done={"Type": "Succeed", "Output": "{% $states.input * 2 %}"},
        ),
    )
    execution = one.start({"n": 11})
    assert output(one.ended(execution)) == 22
    assert one.kinds(execution)[1:] == [
        "ChoiceStateEntered", "ChoiceStateExited", "WaitStateEntered", "WaitStateExited", "SucceedStateEntered",
        "SucceedStateExited", "ExecutionSucceeded",
    ]  # fmt: skip
    refused = one.run({"n": 1})
    assert (refused["status"], refused["error"], refused["cause"]) == ("FAILED", "TooSmall", "it is 1")


def test_a_failed_task_is_retried_then_caught(cloud: Cloud, function: str) -> None:
    retry = {"ErrorEquals": ["ValueError"], "MaxAttempts": 2, "IntervalSeconds": 6, "BackoffRate": 2}
    catch = {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught", "Output": "{% $states.errorOutput.Error %}"}
    one = Machine(
        cloud,
        machine(
            "Ask", Ask=task(function, Retry=[retry], Catch=[catch]), Caught=end(Output={"e": "{% $states.input %}"})
        ),
    )
    execution = one.start({"fail": "no luck"})
    described = one.ended(execution)
    assert output(described) == {"e": "ValueError"}
    assert one.kinds(execution).count("TaskFailed") == 3
    failures = [event for event in one.events(execution) if event["type"] == "TaskFailed"]
    assert json.loads(failures[0]["taskFailedEventDetails"]["cause"])["errorMessage"] == "no luck"
    pauses = [(b["timestamp"] - a["timestamp"]).total_seconds() for a, b in itertools.pairwise(failures)]
    assert pauses[0] >= 0.1, "six seconds take a tenth of a second"
    assert pauses[1] >= 0.2, "the second pause is twice as long"


def test_an_error_without_a_catcher_fails_the_execution(cloud: Cloud, function: str) -> None:
    one = Machine(cloud, machine("Ask", Ask=task(function)))
    described = one.run({"fail": "no luck"})
    assert (described["status"], described["error"]) == ("FAILED", "ValueError")
    assert json.loads(described["cause"])["errorMessage"] == "no luck"


def test_a_value_that_is_undefined_is_an_error_that_can_be_caught(cloud: Cloud, function: str) -> None:
    catch = {"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}
    one = Machine(cloud, machine("Ask", Ask=task(function, "{% $states.input.missing %}", Catch=[catch]), Caught=end()))
    execution = one.start()
    assert output(one.ended(execution))["Error"] == "States.QueryEvaluationError"
    (failed,) = [event for event in one.events(execution) if event["type"] == "EvaluationFailed"]
    assert (failed["evaluationFailedEventDetails"]["location"], failed["evaluationFailedEventDetails"]["state"]) == (
        "Arguments",
        "Ask",
    )
    assert "TaskScheduled" not in one.kinds(execution)


def test_a_task_without_a_token_times_out_in_real_seconds(cloud: Cloud, function: str) -> None:
    catch = {"ErrorEquals": ["States.Timeout"], "Next": "Late"}
    seconds = "{% $states.input.limit %}"
    one = Machine(
        cloud, machine("Ask", Ask=task(function, TimeoutSeconds=seconds, Catch=[catch]), Late=end(Output="late"))
    )
    execution = one.start({"sleep": 6, "limit": 1})
    described = one.ended(execution)
    assert output(described) == "late"
    assert (described["stopDate"] - described["startDate"]).total_seconds() < 5, "it does not wait for the function"
    assert "TaskTimedOut" in one.kinds(execution)
    assert output(one.run({"sleep": 0, "limit": 30, "answer": 1}))["Payload"] == 1


def test_the_whole_execution_times_out(cloud: Cloud) -> None:
    """A wait passes at the pace of waits, a sixtieth: its two minutes are two seconds."""
    definition = machine("Wait", Wait={"Type": "Wait", "Seconds": 99_999_999, "End": True})
    one = Machine(cloud, {**definition, "TimeoutSeconds": 120})
    execution = one.start()
    assert one.ended(execution)["status"] == "TIMED_OUT"
    assert one.kinds(execution)[-1] == "ExecutionTimedOut"


def test_an_output_that_is_too_large_is_no_known_error(cloud: Cloud, function: str) -> None:
    catch = {"ErrorEquals": ["States.ALL"], "Next": "Caught"}
    large = "{% $join($map($range(1, 1000, 1), function($n) { $pad('', 300, 'x') })) %}"
    one = Machine(cloud, machine("Ask", Ask=task(function, Output=large, Catch=[catch]), Caught=end()))
    described = one.run()
    assert (described["status"], described["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_the_context_object(cloud: Cloud) -> None:
    one = Machine(cloud, machine("Tell", Tell=end(Output="{% $states.context %}")))
    execution = one.start({"given": 1}, name="order-1")
    told = output(one.ended(execution))
    assert told["Execution"]["Id"] == execution == one.arn.replace(":stateMachine:", ":execution:") + ":order-1"
    assert (told["Execution"]["Name"], told["Execution"]["Input"]) == ("order-1", {"given": 1})
    assert told["Execution"]["RoleArn"] == one.role
    assert told["StateMachine"]["Id"] == one.arn
    assert told["State"]["Name"] == "Tell"
    assert "Task" not in told


def test_a_stopped_execution_is_aborted(cloud: Cloud) -> None:
    one = Machine(cloud, machine("Wait", Wait={"Type": "Wait", "Timestamp": "2999-01-01T00:00:00Z", "End": True}))
    execution = one.start()
    stopped = one.client.stop_execution(executionArn=execution, error="Enough", cause="of this")
    described = one.describe(execution)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Enough", "of this")
    assert described["stopDate"] == stopped["stopDate"]
    assert one.kinds(execution)[-1] == "ExecutionAborted"


def test_an_event_tells_how_an_execution_ended(cloud: Cloud) -> None:
    one = Machine(cloud, machine("Done", Done={"Type": "Succeed"}))
    url, queue = make_queue(cloud)
    may_send = {"Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **may_send}]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [one.arn], "status": ["SUCCEEDED"]}}
    cloud.client("events").put_rule(Name=one.arn.rpartition(":")[2], EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule=one.arn.rpartition(":")[2], Targets=[{"Id": "queue", "Arn": queue}])
    execution = one.start({"a": 1})
    (event,) = Inbox(cloud, url).wait_json()
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert (event["detail"]["executionArn"], event["detail"]["input"]) == (execution, '{"a":1}')
    assert event["resources"] == [execution]

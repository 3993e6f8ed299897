"""What is refused in a definition, each with its place."""

import json
from typing import Any

import pytest

from tools.local.aws.stepfunctions.definition import is_ours, read, wrong_in
from tools.tests.local.aws.stepfunctions.machine import WAIT, machine, task, wait_for_token

END = {"Type": "Pass", "End": True}


def reasons(definition: Any) -> list[str]:
    return [str(one) for one in wrong_in(definition)]


def test_a_definition_of_all_states_is_accepted() -> None:
    ask = wait_for_token(
        "f",
        TimeoutSeconds="{% $days * 86400 %}",
        HeartbeatSeconds=60,
        Retry=[{"ErrorEquals": ["A"], "MaxDelaySeconds": 5, "JitterStrategy": "FULL"}, {"ErrorEquals": ["States.ALL"]}],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Lost", "Output": "{% $states.errorOutput %}"}],
        Assign={"answer": "{% $states.result %}"},
        Next="Which",
    )
    choice = {"Type": "Choice", "Choices": [{"Condition": "{% $answer = 1 %}", "Next": "Wait"}], "Default": "Good"}
    states = {
        "Start": {"Type": "Pass", "Assign": {"days": 3}, "Next": "Ask"},
        "Ask": ask,
        "Which": choice,
        "Wait": {"Type": "Wait", "Timestamp": "{% $now() %}", "Next": "Good"},
        "Good": {"Type": "Succeed", "Output": {"a": ["{% $answer %}"]}},
        "Lost": {"Type": "Fail", "Error": "Lost", "Cause": "{% $string($states.input) %}"},
    }
    definition = {**machine("Start", **states), "TimeoutSeconds": 60, "Comment": "all", "Version": "1.0"}
    assert reasons(definition) == []
    assert is_ours(definition, "STANDARD")
    assert not is_ours(definition, "EXPRESS")


STATE: list[tuple[dict[str, Any], str]] = [
    ({"Type": "Pass", "End": True, "Result": 1}, "'Result' is not supported by Step Functions in JSONata at"),
    ({"Type": "Pass"}, "must have either the field 'Next' or the field 'End' at /States/A"),
    ({"Type": "Pass", "End": True, "Next": "A"}, "must have either the field 'Next' or the field 'End'"),
    ({"Type": "Pass", "End": False}, "'End' must be true"),
    ({"Type": "Dance", "End": True}, "'Type' must be one of"),
    ({"Type": "Wait", "End": True}, "must have either the field 'Seconds' or the field 'Timestamp'"),
    ({"Type": "Wait", "Seconds": -1, "End": True}, "'Seconds' must be a whole number from 0"),
    ({"Type": "Wait", "Seconds": True, "End": True}, "'Seconds' must be a whole number from 0"),
    ({"Type": "Choice", "Choices": []}, "'Choices' must be a list of at least one rule"),
    ({"Type": "Choice", "Choices": [{"Condition": "x", "Next": "A"}]}, "at /States/A/Choices[0]/Condition"),
    ({"Type": "Choice", "Choices": [{"Condition": True}]}, "was missing at /States/A/Choices[0]"),
    ({**END, "Assign": {"states": 1}}, "'states' is not a name for a variable"),
    ({**END, "Assign": {"a b": 1}}, "'a b' is not a name for a variable"),
    ({**END, "Output": "{% $states.result %}"}, "$states.result is not available here at /States/A/Output"),
    ({**END, "Output": {"a": ["{% $.x %}"]}}, "$ is not allowed at the top level; use $states.input"),
    ({**END, "Output": "{% $eval('1') %}"}, "$eval is not supported"),
    ({**END, "Output": "{% x.y %}"}, "the field 'x' is not allowed at the top level"),
    ({**END, "Output": "{% $sum( %}"}, "INVALID_JSONATA_EXPRESSION: S0"),
    ({**task("f"), "Resource": "lambda"}, "The resource lambda is not one of"),
    ({**task("f"), "Arguments": {"Payload": 1}}, "'FunctionName' is required but was missing"),
    ({**task("f"), "Arguments": {"FunctionName": "f", "Loud": 1}}, "/States/A/Arguments/Loud"),
    ({**task("f"), "Resource": WAIT}, "must pass $states.context.Task.Token on"),
    ({**task("f"), "TimeoutSeconds": 0}, "'TimeoutSeconds' must be a whole number from 1"),
    ({**task("f"), "TimeoutSeconds": 5, "HeartbeatSeconds": 5}, "HeartbeatSeconds must be smaller than TimeoutSeconds"),
    ({**task("f"), "Retry": [{"MaxAttempts": 1}]}, "'ErrorEquals' must be a list of at least one name"),
    ({**task("f"), "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["B"]}]}, "States.ALL must be alone"),
    ({**task("f"), "Retry": [{"ErrorEquals": ["A"], "BackoffRate": 0.5}]}, "BackoffRate must be a number"),
    ({**task("f"), "Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 1.5}]}, "IntervalSeconds"),
    ({**task("f"), "Catch": [{"ErrorEquals": ["A"]}]}, "'Next' is required but was missing at /States/A/Catch[0]"),
    ({**task("f"), "Catch": [{"ErrorEquals": ["A"], "Next": "B"}]}, "target: B at /States/A/Catch[0]/Next"),
    ({**task("f"), "Output": "{% $states.errorOutput %}"}, "$states.errorOutput is not available here"),
    ({"Type": "Fail", "Error": 1}, "'Error' must be a string"),
    ({"Type": "Pass", "Next": "A"}, "MISSING_END_STATE: No state ends the execution"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "reason"), STATE)
def test_a_wrong_state_is_refused_with_its_place(state: dict[str, Any], reason: str) -> None:
    assert any(reason in one for one in reasons(machine("A", A=state))), reasons(machine("A", A=state))


def test_a_state_that_cannot_be_reached() -> None:
    assert reasons(machine("A", A=END, B=END)) == [
        'MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B'
    ]
    assert reasons(machine("B", A=END)) == ["MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /StartAt"]


def test_a_field_that_is_written_twice() -> None:
    with pytest.raises(ValueError, match="Duplicate field 'A'"):
        read('{"States": {"A": 1, "A": 2}}')


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Map", "End": True},
        {"Type": "Parallel", "End": True},
        {**END, "QueryLanguage": "JSONPath"},
        {**task("f"), "Resource": "arn:aws:states:::sqs:sendMessage"},
    ],
)
def test_what_the_engine_runs(state: dict[str, Any]) -> None:
    assert not is_ours(machine("A", A=state), "STANDARD")
    assert is_ours(machine("A", A=END), "STANDARD")
    assert not is_ours(json.loads('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'), "STANDARD")

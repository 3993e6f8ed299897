"""Definitions of state machines that would fail on AWS, or wait for ever, are found at their line."""

import json
from typing import Any

import pytest

from tools.check.rules.aws.state_machines import check_state_machines
from tools.check.rules.findings import Repository
from tools.tests.check.rules.conftest import MakeRepository

TEMPLATE = """
Resources:
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: machine.asl.yaml
      DefinitionSubstitutions: {Ask: !GetAtt Ask.Arn, Days: !Ref Days}
"""
DEFINITION = """QueryLanguage: JSONata
StartAt: Ask
States:
  Ask:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke.waitForTaskToken
    Arguments:
      FunctionName: ${Ask}
      Payload: {token: "{% $states.context.Task.Token %}"}
    TimeoutSeconds: "{% ${Days} * 86400 %}"
    Retry:
      - ErrorEquals: [States.TaskFailed]
    Next: Done
  Done:
    Type: Succeed
"""
NOT_RETRIED = "no retrier takes all of Lambda's transient errors"
CASES = {
    "    Type: Succeed\n": ("    Type: Pass\n", 14, "either the field 'Next' or the field 'End'"),
    "    Next: Done\n": ("    Next: Gone\n", 4, "Missing 'Next' target: Gone at /States/Ask/Next"),
    "    TimeoutSeconds: \"{% ${Days} * 86400 %}\"\n": ("    Comment: ${Days}\n", 4, "without a limit"),
    "${Days} *": ("${Days} * (", 4, "INVALID_JSONATA_EXPRESSION"),
    "${Days} * 86400": ("86400", 1, "the substitution Days is not used"),
    "86400": ("${Seconds}", 1, "${Seconds} is not in DefinitionSubstitutions"),
    "    Retry:\n      - ErrorEquals: [States.TaskFailed]\n": ("", 4, NOT_RETRIED),
    "[States.TaskFailed]": ("[Lambda.ServiceException, MyError]", 4, NOT_RETRIED),
    "    Retry:\n": ("    Retry:\n      - ErrorEquals: [Lambda.ServiceException]\n", 4, NOT_RETRIED),
    "QueryLanguage: JSONata\n": ("", 1, "it needs QueryLanguage JSONata"),
    "lambda:invoke.waitForTaskToken": ("sqs:sendMessage", 1, "tasks that are functions"),
}  # fmt: skip


def found(repository: Repository) -> list[tuple[str, int, str]]:
    return [(one.file, one.line, one.what) for one in check_state_machines(repository)]


def test_a_right_definition_is_accepted(make: MakeRepository) -> None:
    assert found(make({"orders/template.yaml": TEMPLATE, "orders/machine.asl.yaml": DEFINITION})) == []


def test_the_partition_of_a_resource_may_be_a_substitution(make: MakeRepository) -> None:
    template = TEMPLATE.replace("{Ask:", "{Partition: !Ref AWS::Partition, Ask:")
    definition = DEFINITION.replace("arn:aws:states", "arn:${Partition}:states")
    assert found(make({"orders/template.yaml": template, "orders/machine.asl.yaml": definition})) == []


@pytest.mark.parametrize("part", CASES)
def test_what_is_wrong_is_found_at_the_line_of_its_state(make: MakeRepository, part: str) -> None:
    other, line, what = CASES[part]
    assert part in DEFINITION
    repository = make({"orders/template.yaml": TEMPLATE, "orders/machine.asl.yaml": DEFINITION.replace(part, other)})
    assert any(
        (file, number) == ("orders/machine.asl.yaml", line) and what in said for file, number, said in found(repository)
    ), found(repository)


def test_a_definition_in_the_template(make: MakeRepository) -> None:
    state: dict[str, Any] = {"Type": "Pass", "Next": "Gone"}
    inline = {"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": state}}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": inline}}
    ((file, line, what), *_) = found(make({"orders/template.yaml": {"Resources": {"Machine": resource}}}))
    assert (file, line) == ("orders/template.yaml", 10)
    assert "Missing 'Next' target: Gone" in what


def test_a_definition_that_is_missing_or_hidden(make: MakeRepository) -> None:
    ((file, _, what),) = found(make({"orders/template.yaml": TEMPLATE}))
    assert file == "orders/template.yaml"
    assert "machine.asl.yaml: the file is missing" in what
    hidden = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": json.dumps({})}}
    ((_, _, what),) = found(make({"orders/template.yaml": {"Resources": {"Machine": hidden}}}))
    assert "has no definition that can be read" in what

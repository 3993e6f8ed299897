"""The API: starting by name, limits, pages, changes of a machine, and machines that the engine runs."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom_client.polling import poll
from tools.local.client import Cloud
from tools.tests.local.aws.eventbridge.test_cloud_targets import make_machine, make_role
from tools.tests.local.aws.stepfunctions.machine import MAY_INVOKE, STATES, Machine, echo, machine, output, task
from tools.tests.local.aws.stepfunctions.test_tokens import error_of

FOR_EVER = {"Type": "Wait", "Seconds": 99_999_999, "End": True}


def end(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}


def test_the_same_name_is_the_same_execution_while_it_runs(cloud: Cloud) -> None:
    one = Machine(cloud, machine("Wait", Wait=FOR_EVER))
    first = one.client.start_execution(stateMachineArn=one.arn, name="r-1", input='{"a": 1}')
    again = one.client.start_execution(stateMachineArn=one.arn, name="r-1", input='{"a": 1}')
    assert (again["executionArn"], again["startDate"]) == (first["executionArn"], first["startDate"])
    for text in ('{"a": 2}', "{}"):
        with pytest.raises(ClientError, match=f"ExecutionAlreadyExists.*'{first['executionArn']}'"):
            one.client.start_execution(stateMachineArn=one.arn, name="r-1", input=text)
    assert len(one.client.list_executions(stateMachineArn=one.arn)["executions"]) == 1
    one.client.stop_execution(executionArn=first["executionArn"])
    request = {"stateMachineArn": one.arn, "name": "r-1", "input": '{"a": 1}'}
    assert error_of(one.client.start_execution, **request) == "ExecutionAlreadyExists"


def test_what_an_execution_is_started_with(cloud: Cloud) -> None:
    one = Machine(cloud, machine("Done", Done=end()))
    start, arn = one.client.start_execution, {"stateMachineArn": one.arn}
    assert error_of(start, **arn, input="{") == "InvalidExecutionInput"
    assert error_of(start, **arn, input='{"a": NaN}') == "InvalidExecutionInput"
    assert error_of(start, **arn, input=json.dumps("x" * 262_143)) == "ValidationException"
    assert error_of(start, **arn, name="a b") == "InvalidName"
    assert error_of(start, **arn, name="x" * 81) == "InvalidName"
    assert error_of(start, stateMachineArn=f"{one.arn}x") == "StateMachineDoesNotExist"
    assert output(one.ended(start(**arn, input=f'"{"ü" * 131_071}"')["executionArn"])) == "ü" * 131_071
    assert output(one.ended(start(**arn)["executionArn"])) == {}


def test_pages_of_executions_and_events(cloud: Cloud) -> None:
    one = Machine(cloud, machine("A", A={"Type": "Pass", "Next": "B"}, B=end()))
    executions = [one.start({"n": number}) for number in range(5)]
    for execution in executions:
        one.ended(execution)
    found: list[str] = []
    for page in one.client.get_paginator("list_executions").paginate(
        stateMachineArn=one.arn, statusFilter="SUCCEEDED", PaginationConfig={"PageSize": 2}
    ):
        found += [listed["executionArn"] for listed in page["executions"]]
    assert found == executions[::-1]
    assert one.client.list_executions(stateMachineArn=one.arn, statusFilter="FAILED")["executions"] == []
    pages = one.client.get_paginator("get_execution_history").paginate(
        executionArn=executions[0], reverseOrder=True, includeExecutionData=False, PaginationConfig={"PageSize": 4}
    )
    events = [event for page in pages for event in page["events"]]
    assert [event["id"] for event in events] == [6, 5, 4, 3, 2, 1]
    assert "input" not in events[-1]["executionStartedEventDetails"]
    assert events[-1]["executionStartedEventDetails"]["inputDetails"] == {"truncated": True}


def test_running_executions_keep_their_definition(cloud: Cloud) -> None:
    function = echo(cloud)
    first = machine("Ask", Ask=task(function, {"sleep": 2}, Next="Done"), Done=end(Output="first"))
    one = Machine(cloud, first)
    before = one.start()
    poll(lambda: one.kinds(before), until=lambda kinds: "TaskStarted" in kinds, what="the task")
    role = make_role(cloud, STATES)
    second = json.dumps(machine("Done", Done=end(Output="second")))
    updated = one.client.update_state_machine(stateMachineArn=one.arn, definition=second, roleArn=role)
    after = one.start()
    assert output(one.ended(after)) == "second"
    assert output(one.ended(before)) == "first"
    described = one.client.describe_state_machine(stateMachineArn=one.arn)
    assert (described["definition"], described["roleArn"]) == (second, role)
    assert described["revisionId"] == updated["revisionId"]
    of_before = one.client.describe_state_machine_for_execution(executionArn=before)
    assert (json.loads(of_before["definition"]), of_before["roleArn"]) == (first, one.role)


def test_a_definition_that_aws_refuses_is_refused_with_the_reasons(cloud: Cloud) -> None:
    definition = machine("A", A={"Type": "Pass", "Next": "B"}, C=end(Output="{% $states.input. %}", Colour="red"))
    with pytest.raises(ClientError) as caught:
        Machine(cloud, definition)
    text = str(caught.value)
    assert "InvalidDefinition" in text
    for part in (
        "SCHEMA_VALIDATION_FAILED: The field 'Colour' is not supported",
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next",
        'MISSING_TRANSITION_TARGET: State "C" is not reachable. at /States/C',
        "INVALID_JSONATA_EXPRESSION",
    ):
        assert part in text
    checked = cloud.client("stepfunctions").validate_state_machine_definition(definition=json.dumps(definition))
    assert checked["result"] == "FAIL"


def test_creating_a_machine_again(cloud: Cloud) -> None:
    client, role = cloud.client("stepfunctions"), make_role(cloud, STATES)
    request = {"name": f"m-{uuid.uuid4().hex[:8]}", "roleArn": role}
    text = json.dumps(machine("Done", Done=end()))
    first = client.create_state_machine(**request, definition=text)
    assert client.create_state_machine(**request, definition=text)["stateMachineArn"] == first["stateMachineArn"]
    other = json.dumps(machine("Other", Other=end()))
    assert error_of(client.create_state_machine, **request, definition=other) == "StateMachineAlreadyExists"
    of_engine = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    assert error_of(client.create_state_machine, **request, definition=of_engine) == "StateMachineAlreadyExists"


def test_a_deleted_machine_ends_its_executions(cloud: Cloud) -> None:
    one = Machine(cloud, machine("Wait", Wait=FOR_EVER))
    execution = one.start()
    one.client.delete_state_machine(stateMachineArn=one.arn)
    assert error_of(one.client.describe_execution, executionArn=execution) == "ExecutionDoesNotExist"
    assert error_of(one.client.describe_state_machine, stateMachineArn=one.arn) == "StateMachineDoesNotExist"


def test_machines_of_the_engine_and_ours_are_in_one_list(cloud: Cloud) -> None:
    ours, engines = Machine(cloud, machine("Done", Done=end())).arn, make_machine(cloud)
    listed = [one["stateMachineArn"] for one in cloud.client("stepfunctions").list_state_machines()["stateMachines"]]
    assert {ours, engines} <= set(listed)


def test_a_machine_that_we_do_not_run_is_run_by_the_engine(cloud: Cloud) -> None:
    branch = {"StartAt": "In", "States": {"In": {"Type": "Pass", "Output": 1, "End": True}}}
    one = Machine(cloud, machine("Both", Both={"Type": "Parallel", "Branches": [branch, branch], "End": True}))
    assert output(one.run()) == [1, 1]


def test_a_definition_that_is_nested_too_deeply_is_refused(cloud: Cloud) -> None:
    client = cloud.client("stepfunctions")
    request = {"name": f"m-{uuid.uuid4().hex[:8]}", "roleArn": make_role(cloud, STATES)}
    assert error_of(client.create_state_machine, **request, definition="[" * 100_000) == "InvalidDefinition"


@pytest.mark.parametrize("too_long", [{"error": "e" * 257}, {"cause": "c" * 32_769}])
def test_a_reason_of_a_stop_that_is_too_long_is_refused(cloud: Cloud, too_long: dict[str, str]) -> None:
    one = Machine(cloud, machine("Wait", Wait=FOR_EVER))
    execution = one.start()
    assert error_of(one.client.stop_execution, executionArn=execution, **too_long) == "ValidationException"
    assert one.describe(execution)["status"] == "RUNNING"


def test_tags(cloud: Cloud) -> None:
    one = Machine(cloud, machine("Done", Done=end()), MAY_INVOKE, tags=[{"key": "a", "value": "1"}])
    one.client.tag_resource(resourceArn=one.arn, tags=[{"key": "b", "value": "2"}])
    one.client.untag_resource(resourceArn=one.arn, tagKeys=["a"])
    assert one.client.list_tags_for_resource(resourceArn=one.arn)["tags"] == [{"key": "b", "value": "2"}]

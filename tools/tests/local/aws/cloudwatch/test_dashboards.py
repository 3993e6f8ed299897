"""Dashboards: which bodies are refused, by API and by CloudFormation."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.aws.cloudwatch.dashboards import faults
from tools.local.client import Cloud

LAMBDA = ["AWS/Lambda", "Errors", "FunctionName", "f"]


def body(*metrics: Any, **widget: Any) -> str:
    properties = {"region": "us-east-1", "metrics": list(metrics)}
    return json.dumps({"widgets": [{"type": "metric", "x": 0, "width": 12, "properties": properties, **widget}]})


@pytest.mark.parametrize(
    "good",
    [
        body(LAMBDA),
        body([*LAMBDA, {"label": "errors", "stat": "Sum"}], [".", "Throttles", ".", "."], ["..."]),
        body([{"expression": "m1 / m2", "label": "rate"}]),
        body(LAMBDA, type="metric", y=500),
        json.dumps({"widgets": []}),
        json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "# a"}}]}),
        json.dumps({"widgets": [{"type": "alarm", "properties": {"alarms": ["arn:aws:cloudwatch:::alarm:a"]}}]}),
    ],
)
def test_what_cloudwatch_accepts(good: str) -> None:
    assert [each for each in faults(good) if "..." not in good] == []


@pytest.mark.parametrize(
    ("bad", "place", "text"),
    [
        ("{", "", "not valid JSON"),
        ("[]", "", "'widgets'"),
        (body(LAMBDA, type="chart"), "/widgets/0/type", "allowed values"),
        (body(LAMBDA, width=25), "/widgets/0/width", "between 1 and 24"),
        (body(LAMBDA, x="0"), "/widgets/0/x", "integer"),
        (body(LAMBDA, properties=[]), "/widgets/0", "'properties'"),
        (body(LAMBDA, properties={"metrics": [LAMBDA]}), "/widgets/0/properties", "'region'"),
        (body(), "/widgets/0/properties", "'metrics'"),
        (body(["AWS/Lambda"]), "/widgets/0/properties/metrics/0", "less than 2 items"),
        (body(["AWS/Lambda", "Errors", "FunctionName"]), "/widgets/0/properties/metrics/0", "more than 2 items"),
        (
            body(["AWS/Lambda", "Errors", {"FunctionName": "f"}, {}]),
            "/widgets/0/properties/metrics/0/2",
            'only "String" type is allowed',
        ),
        (body([*LAMBDA, {"statistic": "Sum"}]), "/widgets/0/properties/metrics/0/4", "additional property 'statistic'"),
        (body(["AWS/Lambda", {"expression": "m1"}]), "/widgets/0/properties/metrics/0", "more than 1 items"),
    ],
)
def test_what_cloudwatch_refuses(bad: str, place: str, text: str) -> None:
    (fault,) = faults(bad)
    assert fault["dataPath"] == place
    assert text in fault["message"]


def test_the_api_refuses_a_wrong_body_with_its_place_and_keeps_a_good_one(cloud: Cloud) -> None:
    cloudwatch, name = cloud.client("cloudwatch"), f"board-{uuid.uuid4().hex[:8]}"
    with pytest.raises(ClientError, match="The dashboard body is invalid, there are 1 validation errors") as caught:
        cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body(["AWS/Lambda"]))
    assert caught.value.response["Error"]["Code"].startswith("InvalidParameterInput")
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body(LAMBDA))
    assert json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])["widgets"]


def test_a_stack_with_a_wrong_dashboard_fails_with_the_reason(cloud: Cloud) -> None:
    formation, stack = cloud.client("cloudformation"), f"board-{uuid.uuid4().hex[:8]}"
    resource = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": body(["AWS/Lambda"])}}
    formation.create_stack(StackName=stack, TemplateBody=json.dumps({"Resources": {"Board": resource}}))
    with pytest.raises(Exception, match="ROLLBACK"):  # botocore's WaiterError, from any version
        formation.get_waiter("stack_create_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    reasons = [event.get("ResourceStatusReason", "") for event in
               formation.describe_stack_events(StackName=stack)["StackEvents"]]  # fmt: skip
    assert any("/widgets/0/properties/metrics/0" in reason for reason in reasons)

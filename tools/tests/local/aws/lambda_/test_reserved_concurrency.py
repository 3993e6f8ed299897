"""A function whose reserved concurrency is 0 does not run, as on AWS (Lambda Developer Guide: *Configuring reserved
concurrency for a function*: "To throttle a function, set the reserved concurrency to zero")."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom_client.polling import poll
from tools.local.client import Cloud
from tools.tests.local.delivery.cloud import Inbox, make_queue
from tools.tests.local.functions import invoke, make_function

REPORTS = """
    import boto3, os
    def handler(event, context):
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["name"])
        return event["name"]
"""


def refusal(cloud: Cloud, name: str) -> str:
    with pytest.raises(ClientError) as refused:
        invoke(cloud, name)
    answer: dict[str, Any] = {**refused.value.response}
    assert answer["Error"]["Code"] == "TooManyRequestsException"
    return str(answer["Reason"])


def test_reserved_concurrency_of_zero_stops_a_function(cloud: Cloud) -> None:
    functions = cloud.client("lambda")
    name = make_function(cloud, "def handler(event, context):\n    return 1")
    assert invoke(cloud, name) == (None, 1)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert refusal(cloud, name) == "ReservedFunctionConcurrentInvocationLimitExceeded"
    functions.delete_function_concurrency(FunctionName=name)
    assert invoke(cloud, name) == (None, 1)


def test_an_alias_of_a_stopped_function_does_not_run(cloud: Cloud) -> None:
    functions = cloud.client("lambda")
    name = make_function(cloud, "def handler(event, context):\n    return 1")
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    assert refusal(cloud, f"{name}:live") == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_a_template_stops_a_function(cloud: Cloud) -> None:
    template = {
        "Parameters": {"Reserved": {"Type": "Number"}, "Limited": {"Type": "String"}},
        "Conditions": {"IsLimited": {"Fn::Equals": [{"Ref": "Limited"}, "yes"]}},
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "lambda.amazonaws.com"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    }
                },
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": "stopped-by-template",
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"ZipFile": "def handler(event, context):\n    return 1"},
                    "ReservedConcurrentExecutions": {
                        "Fn::If": ["IsLimited", {"Ref": "Reserved"}, {"Ref": "AWS::NoValue"}]
                    },
                },
            },
        },
    }
    cloudformation, functions = cloud.client("cloudformation"), cloud.client("lambda")

    def deploy(limited: str) -> None:
        stacks = [s["StackName"] for s in cloudformation.describe_stacks()["Stacks"]]
        change = cloudformation.update_stack if "stopped" in stacks else cloudformation.create_stack
        change(
            StackName="stopped",
            TemplateBody=json.dumps(template),
            Parameters=[
                {"ParameterKey": "Reserved", "ParameterValue": "0"},
                {"ParameterKey": "Limited", "ParameterValue": limited},
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        done = "CREATE_COMPLETE" if change == cloudformation.create_stack else "UPDATE_COMPLETE"
        poll(
            lambda: cloudformation.describe_stacks(StackName="stopped")["Stacks"][0]["StackStatus"],
            lambda status: status == done,
            30,
        )

    deploy("yes")
    assert functions.get_function_concurrency(FunctionName="stopped-by-template")["ReservedConcurrentExecutions"] == 0
    assert refusal(cloud, "stopped-by-template") == "ReservedFunctionConcurrentInvocationLimitExceeded"
    deploy("no")
    assert invoke(cloud, "stopped-by-template") == (None, 1)


def test_an_event_waits_for_a_stopped_function(cloud: Cloud) -> None:
    """Lambda retries throttled asynchronous invocations for up to six hours; they are not lost."""
    functions = cloud.client("lambda")
    queue, arn = make_queue(cloud)
    may_send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    name = make_function(cloud, REPORTS, may_send, Environment={"Variables": {"QUEUE": queue}})
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"name": "late"}))
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    assert Inbox(cloud, queue).wait_for(1) == ["late"]

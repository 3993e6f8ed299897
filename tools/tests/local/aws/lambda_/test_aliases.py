"""Weighted aliases: the draw, the refusals, and invocations through an alias by every kind of caller."""

import json
import uuid
from collections import Counter
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.aws.lambda_.alias_routing import problem_of, version_for
from tools.local.client import Cloud
from tools.tests.local.delivery.cloud import Inbox, make_queue
from tools.tests.local.functions import make_function, make_role, package

WHO = """
import os
def handler(event, context):
    if event.get("fail") and VERSION == 2:
        raise ValueError("broken")
    return {"code": VERSION, "number": os.environ["NUMBER"], "version": context.function_version,
            "arn": context.invoked_function_arn}
"""
QUEUES = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
TO_QUEUE = """
import boto3, os
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=context.function_version)
"""


def test_versions_are_drawn_by_weight() -> None:
    alias = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}
    drawn = Counter(version_for(alias, partial(float, number / 1000)) for number in range(1000))
    assert drawn == {"1": 900, "2": 100}
    assert version_for({"FunctionVersion": "7"}, lambda: 0.0) == "7"


@pytest.mark.parametrize(
    ("version", "weights", "configs", "said"),
    [
        ("1", {"2": 0.1, "3": 0.1}, {"1": {}, "2": {}, "3": {}}, "at most two versions"),
        ("1", {"2": 1.5}, {"1": {}, "2": {}}, "not between 0.0 and 1.0"),
        ("$LATEST", {"2": 0.5}, {"2": {}}, "$LATEST is not supported"),
        ("1", {"9": 0.5}, {"1": {}}, "version 9 does not exist"),
        ("1", {"1": 0.5}, {"1": {}}, "already included"),
        ("1", {"2": 0.5}, {"1": {"Role": "a"}, "2": {"Role": "b"}}, "execution role"),
    ],
)
def test_weights_that_lambda_refuses(version: str, weights: Any, configs: Any, said: str) -> None:
    assert said in problem_of(version, weights, configs)


def test_weights_that_lambda_accepts() -> None:
    assert problem_of("1", {"2": 0.1}, {"1": {"Role": "a"}, "2": {"Role": "a"}}) == ""
    assert problem_of("$LATEST", {}, {}) == ""


def two_versions(cloud: Cloud, source: str, *statements: Any, **variables: str) -> str:
    """A function with the versions 1 and 2, whose code and variables differ."""
    lambda_ = cloud.client("lambda")
    options = {"Environment": {"Variables": {"NUMBER": "one", **variables}}}
    name = make_function(cloud, f"VERSION = 1\n{source}", *statements, **options)
    assert lambda_.publish_version(FunctionName=name)["Version"] == "1"
    assert lambda_.publish_version(FunctionName=name)["Version"] == "1"  # nothing has changed
    lambda_.update_function_code(FunctionName=name, ZipFile=package(f"VERSION = 2\n{source}"))
    lambda_.update_function_configuration(FunctionName=name, Environment={"Variables": {"NUMBER": "two", **variables}})
    assert lambda_.publish_version(FunctionName=name)["Version"] == "2"
    return name


def weigh(cloud: Cloud, name: str, weight: float) -> None:
    routing = {"AdditionalVersionWeights": {"2": weight} if weight else {}}
    cloud.client("lambda").update_alias(FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig=routing)


def metric(cloud: Cloud, name: str, metric_name: str, **dimensions: str) -> float:
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric_name,
        Dimensions=[{"Name": key, "Value": value} for key, value in {"FunctionName": name, **dimensions}.items()],
        StartTime="2020-01-01T00:00:00Z",
        EndTime="2100-01-01T00:00:00Z",
        Period=86400,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in found["Datapoints"]))


def test_an_alias_splits_invocations_between_its_versions(cloud: Cloud) -> None:
    name, lambda_ = two_versions(cloud, WHO), cloud.client("lambda")
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    weigh(cloud, name, 0.5)
    kept = lambda_.get_alias(FunctionName=name, Name="live")
    assert (kept["FunctionVersion"], kept["RoutingConfig"]) == ("1", {"AdditionalVersionWeights": {"2": 0.5}})

    ran: Counter[str] = Counter()
    for _ in range(40):
        answer = lambda_.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
        seen = json.loads(answer["Payload"].read())
        assert answer["ExecutedVersion"] == seen["version"]
        assert (seen["code"], seen["number"]) == {"1": (1, "one"), "2": (2, "two")}[seen["version"]]
        assert seen["arn"].endswith(f":{name}:live")
        ran[seen["version"]] += 1
    assert set(ran) == {"1", "2"}  # one in 2**39 runs has one version only

    resource = f"{name}:live"
    for version, count in ran.items():
        assert metric(cloud, name, "Invocations", Resource=resource, ExecutedVersion=version) == count
        assert metric(cloud, name, "Duration", Resource=resource, ExecutedVersion=version) > 0
    assert metric(cloud, name, "Invocations", Resource=resource) == 40
    assert metric(cloud, name, "Errors", Resource=resource, ExecutedVersion="2") == 0

    weigh(cloud, name, 0)
    assert "RoutingConfig" not in lambda_.get_alias(FunctionName=name, Name="live")
    answers = {lambda_.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")["ExecutedVersion"] for _ in range(20)}
    assert answers == {"1"}


def test_errors_are_counted_by_the_version_that_ran(cloud: Cloud) -> None:
    name, lambda_ = two_versions(cloud, WHO), cloud.client("lambda")
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    weigh(cloud, name, 1.0)
    lambda_.invoke(FunctionName=name, Qualifier="live", Payload=b'{"fail": true}')
    lambda_.invoke(FunctionName=name, Qualifier="2", Payload=b'{"fail": true}')
    assert metric(cloud, name, "Errors", Resource=f"{name}:live", ExecutedVersion="2") == 1
    assert metric(cloud, name, "Errors", Resource=f"{name}:live", ExecutedVersion="1") == 0
    assert metric(cloud, name, "Errors", Resource=f"{name}:2") == 1  # a version has no ExecutedVersion
    assert metric(cloud, name, "Errors", Resource=f"{name}:2", ExecutedVersion="2") == 0


@pytest.mark.parametrize("caller", ["asynchronous", "rule", "queue"])
def test_services_invoke_an_alias_by_weight(cloud: Cloud, caller: str) -> None:
    url, _ = make_queue(cloud)
    name, lambda_ = two_versions(cloud, TO_QUEUE, QUEUES, QUEUE=url), cloud.client("lambda")
    alias = lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")["AliasArn"]
    weigh(cloud, name, 0.5)
    calls = 24
    if caller == "asynchronous":
        for _ in range(calls):
            lambda_.invoke(FunctionName=alias, InvocationType="Event", Payload=b"{}")
    elif caller == "rule":
        events, rule = cloud.client("events"), f"rule-{uuid.uuid4().hex[:8]}"
        arn = events.put_rule(Name=rule, EventPattern=json.dumps({"source": [rule]}))["RuleArn"]
        lambda_.add_permission(
            FunctionName=name, Qualifier="live", StatementId="rule", Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com", SourceArn=arn,
        )  # fmt: skip
        events.put_targets(Rule=rule, Targets=[{"Id": "function", "Arn": alias}])
        for _ in range(calls):
            events.put_events(Entries=[{"Source": rule, "DetailType": "Happened", "Detail": "{}"}])
    else:
        source_url, source = make_queue(cloud)
        lambda_.create_event_source_mapping(EventSourceArn=source, FunctionName=alias, BatchSize=1)
        for _ in range(calls):
            cloud.client("sqs").send_message(QueueUrl=source_url, MessageBody="{}")
    assert set(Inbox(cloud, url).wait_for(calls)) == {"1", "2"}


def test_an_alias_to_a_missing_version_is_refused(cloud: Cloud) -> None:
    name, lambda_ = two_versions(cloud, WHO), cloud.client("lambda")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="9")
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        lambda_.update_alias(FunctionName=name, Name="live", FunctionVersion="9")
    with pytest.raises(ClientError, match="version 9 does not exist"):
        lambda_.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"9": 0.1}})
    lambda_.update_function_configuration(FunctionName=name, Role=make_role(cloud))
    lambda_.publish_version(FunctionName=name)
    with pytest.raises(ClientError, match="execution role"):
        lambda_.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"3": 0.1}})
    assert lambda_.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "1"

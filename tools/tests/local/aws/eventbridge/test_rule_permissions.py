"""On which resource IAM is asked about rules and targets (Service Authorization Reference, *Amazon EventBridge*)."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud

ACTIONS = ["events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:ListTargetsByRule"]


def client_that_may(cloud: Cloud, resource: str) -> Any:
    """EventBridge, for a new user with rights on one rule."""
    iam, name = cloud.client("iam"), f"user-{uuid.uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": ACTIONS, "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="rules", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return cloud.client("events", cloud.session(key["AccessKeyId"], key["SecretAccessKey"]))


@pytest.mark.parametrize("bus", ["default", "orders"])
def test_targets_are_allowed_by_the_arn_of_their_rule(cloud: Cloud, bus: str) -> None:
    name = f"rule-{uuid.uuid4().hex[:8]}"
    if bus != "default":
        bus = f"{bus}-{uuid.uuid4().hex[:8]}"
        cloud.client("events").create_event_bus(Name=bus)
    path = name if bus == "default" else f"{bus}/{name}"
    events = client_that_may(cloud, f"arn:aws:events:us-east-1:{cloud.account}:rule/{path}")
    events.put_rule(Name=name, EventBusName=bus, EventPattern='{"source": ["a"]}')
    target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{cloud.account}:queue"}
    events.put_targets(Rule=name, EventBusName=bus, Targets=[target])
    listed = events.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    events.remove_targets(Rule=name, EventBusName=bus, Ids=["1"])
    assert [each["Id"] for each in listed] == ["1"]


def test_the_bus_does_not_allow_its_rules(cloud: Cloud) -> None:
    events = client_that_may(cloud, f"arn:aws:events:us-east-1:{cloud.account}:event-bus/default")
    with pytest.raises(ClientError, match="AccessDenied"):
        events.list_targets_by_rule(Rule="any")

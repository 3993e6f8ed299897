"""`MaximumConcurrency` of a queue's mapping in a template: a number, also when it is a parameter, from 2 to 1000."""

from typing import Any

import pytest

from tools.local.aws.cloudformation.engine_provisioners import ResourceFailed
from tools.local.aws.lambda_.engine_queue_mappings import check_concurrency
from tools.local.client import Cloud
from tools.tests.local.delivery.cloud import Inbox, make_queue
from tools.tests.local.functions import make_function
from tools.tests.local.stacks import deployed

BODY = """
Parameters:
  Function: { Type: String }
  Queue: { Type: String }
  Senders: { Type: Number }
Resources:
  Source:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !Ref Queue
      FunctionName: !Ref Function
      ScalingConfig: { MaximumConcurrency: !Ref Senders }
"""
SOURCE = """
    import json, os, boto3
    def handler(event, context):
        for record in event["Records"]:
            boto3.client("sqs").send_message(QueueUrl=record["body"], MessageBody="received")
"""
RIGHTS = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}


def test_a_parameter_is_a_limit_and_messages_are_delivered(cloud: Cloud) -> None:
    (answers, _), (url, arn) = make_queue(cloud), make_queue(cloud)
    function = make_function(cloud, SOURCE, RIGHTS, Timeout=10)
    client = cloud.client("lambda")
    with deployed(cloud, "limited-consumer", BODY, Function=function, Queue=arn, Senders="3"):
        (mapping,) = client.list_event_source_mappings(EventSourceArn=arn)["EventSourceMappings"]
        assert mapping["ScalingConfig"] == {"MaximumConcurrency": 3}
        cloud.client("sqs").send_message(QueueUrl=url, MessageBody=answers)
        assert Inbox(cloud, answers).wait_for(1) == ["received"]


@pytest.mark.parametrize("limit", ["1", "0", "1001", "two", "2.5", "", -2])
def test_other_limits_are_refused(limit: Any) -> None:
    with pytest.raises(ResourceFailed, match="from 2 to 1000"):
        check_concurrency({"ScalingConfig": {"MaximumConcurrency": limit}})


@pytest.mark.parametrize("properties", [{}, {"ScalingConfig": {}}, {"ScalingConfig": {"MaximumConcurrency": "1000"}}])
def test_no_limit_and_a_good_one_are_accepted(properties: Any) -> None:
    check_concurrency(properties)

"""A policy on `cloudwatch:PutMetricData` can use the namespace."""

import json

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud


def test_own_namespace_only(cloud: Cloud) -> None:
    iam = cloud.client("iam")
    iam.create_user(UserName="counter")
    condition = {"StringEquals": {"cloudwatch:namespace": "Shop"}}
    statement = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*", "Condition": condition}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="counter", PolicyName="own", PolicyDocument=policy)
    key = iam.create_access_key(UserName="counter")["AccessKey"]
    client = cloud.client("cloudwatch", cloud.session(key["AccessKeyId"], key["SecretAccessKey"]))
    client.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Orders", "Value": 1}])
    with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:PutMetricData"):
        client.put_metric_data(Namespace="Another", MetricData=[{"MetricName": "Orders", "Value": 1}])

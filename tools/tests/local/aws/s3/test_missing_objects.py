"""An object that does not exist is 404 to a caller that may list the bucket, and 403 to others."""

import uuid

import pytest

from tools.local.client import Cloud
from tools.tests.local.functions import invoke, make_function

READS = """
    import boto3, botocore.exceptions
    def handler(event, context):
        s3 = boto3.client("s3")
        try:
            getattr(s3, event["call"])(Bucket=event["bucket"], Key=event["key"])
        except botocore.exceptions.ClientError as error:
            return error.response["ResponseMetadata"]["HTTPStatusCode"]
        return 200
"""


@pytest.fixture(scope="module")
def bucket(cloud: Cloud) -> str:
    name = f"bucket-{uuid.uuid4().hex[:12]}"
    cloud.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    cloud.client("s3").put_object(Bucket=name, Key="here", Body=b"x")
    return name


def _statement(action: str, resource: str) -> dict[str, str]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_a_missing_object_is_forbidden_to_who_may_not_list(cloud: Cloud, bucket: str, call: str) -> None:
    reads = _statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    name = make_function(cloud, READS, reads)
    assert invoke(cloud, name, {"call": call, "bucket": bucket, "key": "gone"}) == (None, 403)
    assert invoke(cloud, name, {"call": call, "bucket": bucket, "key": "here"}) == (None, 200)


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_a_missing_object_is_not_found_for_who_may_list(cloud: Cloud, bucket: str, call: str) -> None:
    reads = _statement("s3:GetObject", f"arn:aws:s3:::{bucket}/*")
    lists = _statement("s3:ListBucket", f"arn:aws:s3:::{bucket}")
    name = make_function(cloud, READS, reads, lists)
    assert invoke(cloud, name, {"call": call, "bucket": bucket, "key": "gone"}) == (None, 404)

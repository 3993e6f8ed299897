"""Resources and settings that the template must have."""

from datetime import timedelta
from pathlib import Path

import pytest

from ecom_testkit.templates import READS_A_STREAM, Template, published_events
from pictures_service.domain import ROW_LIVES
from tools.project.services import read_template

FOLDER = Path(__file__).parents[2]
TEMPLATE = Template(read_template(FOLDER / "template.yaml"))
ACCOUNT = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
TABLE = ("GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem")


def test_the_contracts_parameters() -> None:
    assert {"bucket/name", "table/name", "cdn/url"} <= TEMPLATE.parameters("pictures")


def test_what_stores_something_survives_its_stack() -> None:
    assert all(TEMPLATE.is_retained(name) for name in ("Table", "Bucket", "UploadsKey"))


def test_the_bucket_is_private_and_encrypted_by_s3() -> None:
    bucket = TEMPLATE.properties("Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert bucket["CorsConfiguration"]["CorsRules"][0]["AllowedMethods"] == ["POST"]


def test_a_row_without_a_file_lives_as_long_as_an_upload_and_longer_than_a_dead_letter() -> None:
    rules = TEMPLATE.properties("Bucket")["LifecycleConfiguration"]["Rules"]
    (uploads,) = [each for each in rules if each["Id"] == "uploads"]
    assert timedelta(days=uploads["ExpirationInDays"]) == ROW_LIVES > timedelta(days=14)


def test_new_uploads_are_announced_and_nothing_else() -> None:
    bucket = TEMPLATE.properties("Bucket")
    (rule,) = bucket["NotificationConfiguration"]["TopicConfigurations"]
    assert (rule["Event"], rule["Topic"]) == ("s3:ObjectCreated:*", {"Ref": "UploadsTopic"})
    assert rule["Filter"] == {"S3Key": {"Rules": [{"Name": "prefix", "Value": "uploads/"}]}}


def test_only_the_bucket_publishes_and_only_the_topic_sends() -> None:
    (publish,) = TEMPLATE.properties("UploadsTopicPolicy")["PolicyDocument"]["Statement"]
    assert (publish["Principal"], publish["Action"]) == ({"Service": "s3.amazonaws.com"}, "sns:Publish")
    assert publish["Condition"]["StringEquals"] == ACCOUNT
    assert ":s3:::${AWS::StackName}-bucket-*" in publish["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Sub"]
    (send,) = TEMPLATE.properties("UploadsQueuePolicy")["PolicyDocument"]["Statement"]
    assert (send["Principal"], send["Action"]) == ({"Service": "sns.amazonaws.com"}, "sqs:SendMessage")
    assert send["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "UploadsTopic"}}, "StringEquals": ACCOUNT}


def test_the_queue_sends_what_fails_to_the_dead_letter_queue() -> None:
    queue, source = TEMPLATE.properties("UploadsQueue"), TEMPLATE.properties("OnUploadSource")
    assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetters", "Outputs.QueueArn"]}
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["VisibilityTimeout"] >= 6 * TEMPLATE.properties("OnUploadFunction")["Timeout"]


def test_the_cdn_reads_derived_pictures_alone() -> None:
    statements = TEMPLATE.properties("BucketPolicy")["PolicyDocument"]["Statement"]
    read, tls_only = statements[0], statements[1]["Fn::If"][2]
    assert (read["Principal"], read["Action"]) == ({"Service": "cloudfront.amazonaws.com"}, "s3:GetObject")
    assert read["Resource"] == {"Fn::Sub": "${Bucket.Arn}/pictures/*"}
    assert "distribution/${Distribution}" in read["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"]
    assert (tls_only["Effect"], tls_only["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_cdn_serves_over_tls_and_reading_alone() -> None:
    behavior = TEMPLATE.properties("Distribution")["DistributionConfig"]["DefaultCacheBehavior"]
    assert behavior["ViewerProtocolPolicy"] == "https-only"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    (origin,) = TEMPLATE.properties("Distribution")["DistributionConfig"]["Origins"]
    assert origin["OriginAccessControlId"] == {"Ref": "OriginAccess"}
    headers = TEMPLATE.properties("SecurityHeaders")["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert {"ContentTypeOptions", "ContentSecurityPolicy", "FrameOptions", "StrictTransportSecurity"} <= headers.keys()


@pytest.mark.parametrize(
    ("function", "may"),
    [
        (
            "GraphqlPicturesFunction",
            {*(f"dynamodb:{each}" for each in TABLE), "s3:PutObject", "execute-api:Invoke"},
        ),
        (
            "OnUploadFunction",
            {
                "dynamodb:GetItem",
                "dynamodb:UpdateItem",
                "s3:GetObject",
                "s3:PutObject",
                "s3:DeleteObject",
                "s3:ListBucket",
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
                "sqs:ChangeMessageVisibility",
                "sqs:SendMessage",
            },
        ),
        (
            "OnProductDeletedFunction",
            {*(f"dynamodb:{each}" for each in TABLE if each != "PutItem"), "sqs:SendMessage"},
        ),
        (
            "OnPictureRemovedFunction",
            {"dynamodb:UpdateItem", "s3:DeleteObject", "cloudfront:CreateInvalidation", *READS_A_STREAM},
        ),
        ("OnTableChangeFunction", {"events:PutEvents", "sqs:SendMessage", *READS_A_STREAM}),
    ],
)
def test_a_function_may_do_what_it_needs_and_no_more(function: str, may: set[str]) -> None:
    assert TEMPLATE.actions(function) == may


@pytest.mark.parametrize("source", ["OnTableChangeSource", "OnPictureRemovedSource"])
def test_a_poison_record_is_isolated_and_goes_to_the_dead_letter_queue(source: str) -> None:
    TEMPLATE.check_stream(source)


def test_every_published_event_is_registered() -> None:
    assert TEMPLATE.registered_events() == published_events(FOLDER)

"""The CloudFormation features that our templates and the deploy tool rely on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.local.home import ROOT
from tools.project.services import read_template
from tools.tests.local.stacks import (
    CAPABILITIES,
    CODE_BUCKET,
    TEMPLATES,
    Stack,
    deployed,
    eventually,
    put_code,
    template,
)

FUNCTION = """
    def handler(event, context):
        if "Records" in event:
            return {"batchItemFailures": []}
        raise ValueError("broken")
"""

# As the packager writes it: another S3 key when the code changed.
SECOND = template("functions").replace("s3://code/functions.zip", "s3://code/functions-2.zip")

# Resolver code that the local cloud knows.
HANDLER = (ROOT / "frontend-api/resolvers/invoke.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def functions(cloud: Cloud) -> Iterator[Stack]:
    put_code(cloud, "functions.zip", FUNCTION)
    put_code(cloud, "functions-2.zip", FUNCTION.replace("broken", "still broken"))
    with deployed(cloud, "functions", template("functions")) as stack:
        yield stack


def test_events_go_to_the_alias(functions: Stack) -> None:
    cloud, outputs = functions.cloud, functions.outputs()
    alias = outputs["Alias"]
    assert alias.endswith(":function:functions-handler:live")
    assert outputs["Rule"].startswith("functions|"), "Ref of a rule on a custom bus"
    rule = outputs["Rule"].split("|")[1]
    (target,) = cloud.client("events").list_targets_by_rule(Rule=rule, EventBusName="functions")["Targets"]
    assert target["Arn"] == alias
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 2
    assert target["DeadLetterConfig"]["Arn"].count("Failures") == 1
    policy = json.loads(cloud.client("lambda").get_policy(FunctionName="functions-handler", Qualifier="live")["Policy"])
    (statement,) = (one for one in policy["Statement"] if one["Principal"] == {"Service": "events.amazonaws.com"})
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"].endswith(f":rule/functions/{rule}")
    (mapping,) = cloud.client("lambda").list_event_source_mappings(FunctionName=alias)["EventSourceMappings"]
    assert mapping["FunctionArn"] == alias
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (mapping["BisectBatchOnFunctionError"], mapping["MaximumRetryAttempts"]) == (True, 3)


def test_a_failed_asynchronous_invocation_goes_to_its_destination(functions: Stack) -> None:
    cloud, sqs = functions.cloud, functions.cloud.client("sqs")
    config = cloud.client("lambda").get_function_event_invoke_config(FunctionName="functions-handler", Qualifier="live")
    assert config["MaximumRetryAttempts"] == 0
    alias = functions.outputs()["Alias"]
    cloud.client("lambda").invoke(FunctionName=alias, InvocationType="Event", Payload=b'{"word": "lost"}')

    def failure() -> dict[str, Any] | None:
        messages = sqs.receive_message(QueueUrl=functions.outputs()["Failures"]).get("Messages", [])
        return json.loads(messages[0]["Body"]) if messages else None

    lost = eventually(failure, "the destination gets it")
    assert lost["requestPayload"] == {"word": "lost"}


def test_the_log_group_of_the_template_is_the_functions(functions: Stack) -> None:
    groups = functions.cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/functions-handler")
    assert [(one["logGroupName"], one["retentionInDays"]) for one in groups["logGroups"]] == [
        ("/aws/lambda/functions-handler", 7)
    ]


def test_a_topic_has_its_policy(functions: Stack) -> None:
    arn = functions.physical_id("Topic")
    attributes = functions.cloud.client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    assert json.loads(attributes["Policy"])["Statement"][0]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}


def test_new_code_is_a_new_version_behind_the_same_alias(functions: Stack) -> None:
    before = functions.outputs()
    assert functions.deploy(SECOND) == "UPDATE_COMPLETE"
    after = functions.outputs()
    assert after["Alias"] == before["Alias"]
    assert after["Version"] != before["Version"]
    alias = functions.cloud.client("lambda").get_alias(FunctionName="functions-handler", Name="live")
    assert after["Version"].endswith(f":{alias['FunctionVersion']}")


def test_a_change_set_lists_changes_or_reports_none(functions: Stack) -> None:
    client = functions.cloud.client("cloudformation")
    topic = functions.physical_id("Topic")

    def change_set(name: str, **parameters: str) -> dict[str, Any]:
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        names = {"StackName": "functions", "ChangeSetName": name}
        client.create_change_set(**names, TemplateBody=SECOND, Parameters=given, Capabilities=CAPABILITIES)

        def ready() -> dict[str, Any] | None:
            found: dict[str, Any] = client.describe_change_set(**names)
            return found if found["Status"] in ("CREATE_COMPLETE", "FAILED") else None

        return eventually(ready, "the change set is ready")

    nothing = change_set("nothing")
    assert nothing["Status"] == "FAILED"
    assert nothing["ExecutionStatus"] == "UNAVAILABLE"
    assert "didn't contain changes" in nothing["StatusReason"]
    some = change_set("some", WithTopic="no", Description="second")
    changes = {(one["ResourceChange"]["Action"], one["ResourceChange"]["LogicalResourceId"]) for one in some["Changes"]}
    assert changes >= {("Remove", "Topic"), ("Remove", "AlarmKey"), ("Modify", "Function")}
    assert some["ExecutionStatus"] == "AVAILABLE"
    client.execute_change_set(StackName="functions", ChangeSetName="some")
    assert functions.wait() == "UPDATE_COMPLETE"
    assert topic not in [one["TopicArn"] for one in functions.cloud.client("sns").list_topics()["Topics"]]


def test_deletion_removes_every_resource(cloud: Cloud) -> None:
    body = (
        template("functions")
        .replace("functions-handler", "leaving-handler")
        .replace("Name: functions", "Name: leaving")
    )
    body = body.replace("/functions/alias", "/leaving/alias")
    put_code(cloud, "functions.zip", FUNCTION)
    with deployed(cloud, "leaving", body) as stack:
        table = stack.outputs()["Table"]
    with pytest.raises(ClientError, match="not found"):
        cloud.client("lambda").get_function(FunctionName="leaving-handler")
    assert not cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/leaving")["logGroups"]
    assert table not in cloud.client("dynamodb").list_tables()["TableNames"]
    assert not [one for one in cloud.client("iam").list_roles()["Roles"] if one["RoleName"].startswith("leaving")]
    mappings = cloud.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    assert not [one for one in mappings if "leaving" in one["FunctionArn"]]


def test_a_failed_creation_rolls_back_with_the_first_reason(cloud: Cloud) -> None:
    body = json.dumps(
        {
            "Resources": {
                "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "rolled-back"}},
                "Archive": {
                    "Type": "AWS::Events::Archive",
                    "DependsOn": "Queue",
                    "Properties": {"SourceArn": "arn:aws:events:us-east-1:000000000000:event-bus/none"},
                },
                "After": {"Type": "AWS::SNS::Topic", "DependsOn": "Archive"},
            }
        }
    )
    stack = Stack(cloud, "failing")
    assert stack.deploy(body) == "ROLLBACK_COMPLETE"
    failed = [(one, reason) for one, status, reason in stack.reasons() if status == "CREATE_FAILED"]
    assert failed[0][0] == "Archive"
    assert "event-bus/none" in failed[0][1] or "bus none" in failed[0][1]
    assert "After" not in [one for one, _, _ in stack.reasons()]
    queues = cloud.client("sqs").list_queues(QueueNamePrefix="rolled-back").get("QueueUrls", [])
    assert queues == []
    assert stack.delete() in ("DELETED", "DELETE_COMPLETE")


def test_a_rule_needs_its_bus(cloud: Cloud) -> None:
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventBusName": "none", "EventPattern": {"source": ["a"]}}}
    stack = Stack(cloud, "no-bus")
    assert stack.deploy(json.dumps({"Resources": {"Rule": rule}})) == "ROLLBACK_COMPLETE"
    assert ("Rule", "CREATE_FAILED", "Event bus none does not exist.") in stack.reasons()
    stack.delete()


# The queue stays as it is. A new resource refers to it.
GROWN = """  Beside:
    Type: AWS::SQS::Queue
    Properties: { QueueName: !Sub "${Queue.QueueName}-beside" }
Outputs:"""


def test_nested_stacks(cloud: Cloud) -> None:
    put_code(cloud, "any.zip", FUNCTION)
    s3 = cloud.client("s3")
    s3.put_object(Bucket=CODE_BUCKET, Key="child.yaml", Body=template("nested-child").encode())
    url = f"{cloud.endpoint}/{CODE_BUCKET}/child.yaml"
    ssm = cloud.client("ssm")
    with deployed(cloud, "nested", template("nested"), Url=url) as stack:
        child = stack.physical_id("Child")
        assert child.startswith("arn:aws:cloudformation:")
        assert ssm.get_parameter(Name="/nested/queue")["Parameter"]["Value"].endswith(":nested-one")
        assert stack.deploy(template("nested"), Url=url, Name="two") == "UPDATE_COMPLETE"
        assert ssm.get_parameter(Name="/nested/queue")["Parameter"]["Value"].endswith(":nested-two")
        assert stack.physical_id("Child") == child
        grown = template("nested-child").replace("Outputs:", GROWN)
        s3.put_object(Bucket=CODE_BUCKET, Key="child-2.yaml", Body=grown.encode())
        other = url.replace("child.yaml", "child-2.yaml")
        assert stack.deploy(template("nested"), Url=other, Name="two") == "UPDATE_COMPLETE", stack.reasons()
        assert ssm.get_parameter(Name="/nested/queue")["Parameter"]["Value"].endswith(":nested-two")
    assert not cloud.client("sqs").list_queues(QueueNamePrefix="nested-").get("QueueUrls")


def test_loops(cloud: Cloud) -> None:
    """CloudFormation expands `Fn::ForEach` itself; our packager does it before, with the same result."""
    with deployed(cloud, "loops", template("loops")) as stack:
        assert stack.outputs()["BesideLeft"].endswith(":loops-Left")
        parameters = cloud.client("ssm").get_parameters_by_path(Path="/loops", Recursive=True)["Parameters"]
        values = {one["Name"].split("/")[2]: one["Value"] for one in parameters}
        assert values == {"Left": "near", "Right": "far"}
        groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/loops/")["logGroups"]
        assert [one["logGroupName"] for one in groups] == ["/loops/on-order-event", "/loops/on-table-change"]
        ours = json.dumps(read_template(TEMPLATES / "loops.yaml"))
        client = cloud.client("cloudformation")
        names = {"StackName": "loops", "ChangeSetName": "ours"}
        client.create_change_set(**names, TemplateBody=ours, Capabilities=CAPABILITIES)

        def compared() -> bool:
            return bool(client.describe_change_set(**names)["Status"] == "FAILED")

        eventually(compared, "the change set has no changes")
        assert "didn't contain changes" in client.describe_change_set(**names)["StatusReason"]


def test_a_loop_needs_the_transform(cloud: Cloud) -> None:
    body = template("loops").replace(
        "[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", "AWS::Serverless-2016-10-31"
    )
    with pytest.raises(ClientError, match="Fn::ForEach"):
        Stack(cloud, "undeclared").deploy(body)


def test_a_null_is_refused(cloud: Cloud) -> None:
    body = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": [None]}}}}
    with pytest.raises(ClientError, match=r"/Resources/Topic/Properties/Tags/0\] 'null' values are not allowed"):
        cloud.client("cloudformation").create_stack(StackName="nulls", TemplateBody=json.dumps(body))


def test_appsync_types(cloud: Cloud) -> None:
    expires = str(int((datetime.now(UTC) + timedelta(days=365)).timestamp()))
    body = template("appsync").replace("CODE", json.dumps(HANDLER))
    with deployed(cloud, "appsync", body, Expires=expires) as stack:
        before, client = stack.outputs(), cloud.client("appsync")
        assert before["Arn"].endswith(f":apis/{before['Api']}")
        resolver = client.get_resolver(apiId=before["Api"], typeName="Query", fieldName="hello")["resolver"]
        assert resolver["runtime"] == {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"}
        assert resolver["code"] == HANDLER
        source = client.get_data_source(apiId=before["Api"], name="source")["dataSource"]
        assert source["lambdaConfig"]["lambdaFunctionArn"].endswith(":function:some:live")
        (key,) = client.list_api_keys(apiId=before["Api"])["apiKeys"]
        assert abs(key["expires"] - int(expires)) <= 3600
        assert stack.deploy(body, Expires=expires, Description="second") == "UPDATE_COMPLETE"
        assert stack.outputs() == before
        source = client.get_data_source(apiId=before["Api"], name="source")["dataSource"]
        assert source["description"] == "second"
    assert before["Api"] not in [one["apiId"] for one in cloud.client("appsync").list_graphql_apis()["graphqlApis"]]


def test_a_retained_table_is_not_replaced_by_an_empty_one(cloud: Cloud) -> None:
    """A stack that is created again has a table of another name, as on AWS. The retained table keeps its items."""
    body = """
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            DeletionPolicy: Retain
            UpdateReplacePolicy: Retain
            Properties:
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
              KeySchema: [{ AttributeName: id, KeyType: HASH }]
              TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }
    """
    dynamodb = cloud.client("dynamodb")
    with deployed(cloud, "kept", body) as stack:
        kept = stack.physical_id("Table")
        dynamodb.put_item(TableName=kept, Item={"id": {"S": "mine"}})
    with deployed(cloud, "kept", body) as stack:
        fresh = stack.physical_id("Table")
        assert fresh != kept
        assert stack.deploy(body.replace("Enabled: true", "Enabled: false")) == "UPDATE_COMPLETE"
        assert stack.physical_id("Table") == fresh, "an update keeps the name"
        dynamodb.put_item(TableName=fresh, Item={"id": {"S": "other"}})
    for table, item in ((kept, "mine"), (fresh, "other")):
        assert [each["id"]["S"] for each in dynamodb.scan(TableName=table)["Items"]] == [item]


def test_a_resource_that_is_kept_goes_when_the_creation_of_its_stack_fails(cloud: Cloud) -> None:
    body = """
        Resources:
          Kept:
            Type: AWS::SQS::Queue
            DeletionPolicy: RetainExceptOnCreate
            UpdateReplacePolicy: Retain
            Properties: { QueueName: kept-except-on-create }
    """
    broken = """
          Broken:
            Type: AWS::Events::Rule
            DependsOn: Kept
            Properties: { EventBusName: there-is-no-such-bus, ScheduleExpression: never }
    """
    names = partial(cloud.client("sqs").list_queues, QueueNamePrefix="kept-except-on-create")
    failed = Stack(cloud, "except-on-create")
    assert failed.deploy(body + broken) == "ROLLBACK_COMPLETE"
    assert not names().get("QueueUrls")
    failed.delete()
    with deployed(cloud, "except-on-create", body):
        pass
    (url,) = names()["QueueUrls"]
    cloud.client("sqs").delete_queue(QueueUrl=url)


def test_deleted_stacks_are_listed_by_their_ids_with_what_they_kept(cloud: Cloud) -> None:
    body = """
        Resources:
          Kept: { Type: AWS::SQS::Queue, DeletionPolicy: Retain }
          Other: { Type: AWS::SQS::Queue }
    """
    cloudformation = cloud.client("cloudformation")
    expected = []
    for _ in range(2):
        with deployed(cloud, "listed", body) as stack:
            found = cloudformation.describe_stacks(StackName="listed")["Stacks"][0]["StackId"]
            expected.append((found, stack.physical_id("Kept")))
    listed = [
        stack["StackId"]
        for stack in cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
        if stack["StackName"] == "listed"
    ]
    assert sorted(listed) == sorted(stack for stack, _ in expected)
    for stack_id, kept in expected:
        resources = cloudformation.list_stack_resources(StackName=stack_id)["StackResourceSummaries"]
        assert {one["LogicalResourceId"]: one["ResourceStatus"] for one in resources} == {
            "Kept": "DELETE_SKIPPED",
            "Other": "DELETE_COMPLETE",
        }
        assert kept in [one["PhysicalResourceId"] for one in resources]
    with pytest.raises(ClientError, match="does not exist"):
        cloudformation.describe_stacks(StackName="listed")


def test_a_table_whose_name_is_taken_is_refused(cloud: Cloud) -> None:
    body = """
        Resources:
          Table:
            Type: AWS::DynamoDB::Table
            Properties:
              TableName: taken
              BillingMode: PAY_PER_REQUEST
              AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
              KeySchema: [{ AttributeName: id, KeyType: HASH }]
    """
    with deployed(cloud, "first", body):
        second = Stack(cloud, "second")
        assert second.deploy(body) == "ROLLBACK_COMPLETE"
        assert any("already exists" in reason for _, _, reason in second.reasons())
        assert cloud.client("dynamodb").describe_table(TableName="taken")["Table"]["TableStatus"] == "ACTIVE"

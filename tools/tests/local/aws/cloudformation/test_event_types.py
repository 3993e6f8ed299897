"""Archives, bus policies, schema registries and composite alarms made by CloudFormation, with real effect."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tools.local import lifecycle
from tools.local.client import Cloud, start_temporary
from tools.tests.local.stacks import Stack, deployed, eventually, template


@pytest.fixture(scope="module")
def stack(cloud: Cloud) -> Iterator[Stack]:
    with deployed(cloud, "event-types", template("events")) as made:
        yield made


def test_ref_and_attributes_are_as_on_aws(stack: Stack) -> None:
    account, outputs = stack.cloud.account, stack.outputs()
    assert outputs["Rule"] == "shop|shop-rule"
    assert outputs["RuleArn"] == f"arn:aws:events:us-east-1:{account}:rule/shop/shop-rule"
    assert "|" not in outputs["RuleOnDefaultBus"]
    assert outputs["Archive"] == "shop-archive"
    assert outputs["ArchiveArn"] == f"arn:aws:events:us-east-1:{account}:archive/shop-archive"
    assert outputs["Registry"] == f"arn:aws:schemas:us-east-1:{account}:registry/shop"
    assert outputs["Schema"] == f"arn:aws:schemas:us-east-1:{account}:schema/shop/ecommerce.test@Happened"
    assert outputs["SchemaVersion"] == "1"
    assert stack.physical_id("BusPolicy") == "shop|own"
    assert ":alarm:" in outputs["CompositeArn"]


def test_an_archive_replays_its_events(stack: Stack) -> None:
    events, sqs = stack.cloud.client("events"), stack.cloud.client("sqs")
    queue = stack.outputs()["Queue"]

    def received() -> dict[str, object] | None:
        messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=0).get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(messages[0]["Body"]) if messages else None

    entry = {"EventBusName": "shop", "Source": "ecommerce.test", "DetailType": "Happened", "Detail": "{}"}
    events.put_events(Entries=[entry, {**entry, "Source": "other"}])
    first = eventually(received, "the rule delivers")
    eventually(lambda: events.describe_archive(ArchiveName="shop-archive")["EventCount"] == 1, "one is archived")
    now = datetime.now(UTC)
    events.start_replay(
        ReplayName="again",
        EventSourceArn=stack.outputs()["ArchiveArn"],
        EventStartTime=now - timedelta(minutes=5),
        EventEndTime=now + timedelta(minutes=5),
        Destination={"Arn": f"arn:aws:events:us-east-1:{stack.cloud.account}:event-bus/shop"},
    )
    again = eventually(received, "the replay delivers")
    assert again["id"] == first["id"]
    assert again["replay-name"] == "again"


def test_the_bus_has_its_policy(stack: Stack) -> None:
    policy = json.loads(stack.cloud.client("events").describe_event_bus(Name="shop")["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["own"]


def test_the_registry_answers_through_its_api(stack: Stack) -> None:
    schemas = stack.cloud.client("schemas")
    found = schemas.describe_schema(RegistryName="shop", SchemaName="ecommerce.test@Happened")
    assert json.loads(found["Content"]) == {"type": "object", "required": ["a"]}
    assert found["Type"] == "JSONSchemaDraft4"
    policy = json.loads(schemas.get_resource_policy(RegistryName="shop")["Policy"])
    assert policy["Statement"][0]["Resource"] == stack.outputs()["Registry"]


def test_updates_keep_identities_and_make_versions(cloud: Cloud) -> None:
    body = template("events")
    with deployed(cloud, "updated", body, BusName="updated") as stack:
        before = stack.outputs()
        assert stack.deploy(body, BusName="updated", Description="second", Fields="b") == "UPDATE_COMPLETE"
        after = stack.outputs()
        assert {**before, "SchemaVersion": "2"} == after
        events, schemas = cloud.client("events"), cloud.client("schemas")
        assert events.describe_archive(ArchiveName="updated-archive")["Description"] == "second"
        assert events.describe_rule(Name="updated-rule", EventBusName="updated")["Description"] == "second"
        assert schemas.describe_registry(RegistryName="updated")["Description"] == "second"
        names = {"RegistryName": "updated", "SchemaName": "ecommerce.test@Happened"}
        versions = schemas.list_schema_versions(**names)["SchemaVersions"]
        assert [version["SchemaVersion"] for version in versions] == ["2", "1"]
        old = schemas.describe_schema(**names, SchemaVersion="1")
        assert json.loads(old["Content"])["required"] == ["a"]


def test_deleting_the_stack_leaves_nothing(cloud: Cloud) -> None:
    with deployed(cloud, "gone", template("events"), BusName="gone"):
        pass
    events, schemas = cloud.client("events"), cloud.client("schemas")
    assert not events.list_archives(NamePrefix="gone")["Archives"]
    assert not events.list_event_buses(NamePrefix="gone")["EventBuses"]
    assert not schemas.list_registries(RegistryNamePrefix="gone")["Registries"]
    with pytest.raises(ClientError, match="does not exist"):
        events.describe_rule(Name="gone-rule", EventBusName="gone")
    alarms = cloud.client("cloudwatch").describe_alarms(AlarmTypes=["CompositeAlarm"], AlarmNamePrefix="gone")
    assert not alarms["CompositeAlarms"]


def test_schemas_api_round_trip(cloud: Cloud) -> None:
    schemas = cloud.client("schemas")
    schemas.create_registry(RegistryName="api", Description="d")
    try:
        with pytest.raises(schemas.exceptions.ConflictException):
            schemas.create_registry(RegistryName="api")
        for number in range(5):
            schemas.create_schema(
                RegistryName="api", SchemaName=f"s{number}", Type="JSONSchemaDraft4", Content='{"title": "Cat"}'
            )
        pages = schemas.get_paginator("list_schemas").paginate(RegistryName="api", PaginationConfig={"PageSize": 2})
        assert [one["SchemaName"] for page in pages for one in page["Schemas"]] == [f"s{n}" for n in range(5)]
        found = schemas.search_schemas(RegistryName="api", Keywords="cat s3")["Schemas"]
        assert [one["SchemaName"] for one in found] == ["s3"]
        schemas.update_schema(RegistryName="api", SchemaName="s0", Type="JSONSchemaDraft4", Content="{}")
        exported = schemas.export_schema(RegistryName="api", SchemaName="s0", Type="JSONSchemaDraft4")
        assert (exported["SchemaVersion"], exported["Content"]) == ("2", "{}")
        with pytest.raises(schemas.exceptions.BadRequestException, match="parse"):
            schemas.update_schema(RegistryName="api", SchemaName="s0", Content="not json")
        with pytest.raises(schemas.exceptions.BadRequestException, match="not empty"):
            schemas.delete_registry(RegistryName="api")
        with pytest.raises(schemas.exceptions.NotFoundException):
            schemas.describe_schema(RegistryName="api", SchemaName="none")
        with pytest.raises(schemas.exceptions.BadRequestException, match="nextToken"):
            schemas.list_schemas(RegistryName="api", NextToken="zz")
    finally:
        for number in range(5):
            schemas.delete_schema(RegistryName="api", SchemaName=f"s{number}")
        schemas.delete_registry(RegistryName="api")


def test_schemas_api_obeys_iam(cloud: Cloud) -> None:
    iam, schemas = cloud.client("iam"), cloud.client("schemas")
    schemas.create_registry(RegistryName="guarded")
    schemas.create_schema(RegistryName="guarded", SchemaName="one", Type="OpenApi3", Content="{}")
    iam.create_user(UserName="schema-reader")
    arn = f"arn:aws:schemas:us-east-1:{cloud.account}:schema/guarded/one"
    statement = {"Effect": "Allow", "Action": "schemas:DescribeSchema", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="schema-reader", PolicyName="read", PolicyDocument=policy)
    key = iam.create_access_key(UserName="schema-reader")["AccessKey"]
    reader = cloud.client("schemas", cloud.session(key["AccessKeyId"], key["SecretAccessKey"]))
    assert reader.describe_schema(RegistryName="guarded", SchemaName="one")["Content"] == "{}"
    with pytest.raises(ClientError, match="schemas:DeleteSchema"):
        reader.delete_schema(RegistryName="guarded", SchemaName="one")
    with pytest.raises(ClientError, match="schemas:DescribeSchema"):
        reader.describe_schema(RegistryName="guarded", SchemaName="other")
    forged = cloud.client("schemas", cloud.session(key["AccessKeyId"], "wrong"))
    with pytest.raises(ClientError, match="signature"):
        forged.describe_schema(RegistryName="guarded", SchemaName="one")


def test_registries_survive_a_restart(tmp_path: Path) -> None:
    with start_temporary(tmp_path) as cloud:
        cloud.client("schemas").create_registry(RegistryName="kept")
        lifecycle.stop(cloud.home)
        lifecycle.start(cloud.home)
        found = cloud.client("schemas").list_registries()["Registries"]
        assert [one["RegistryName"] for one in found] == ["kept"]

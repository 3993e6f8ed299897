"""Properties without effect are recorded, printed, and removed with the resource."""

import json

import pytest

from tools.local.aws.cloudformation.ignored import from_folder, lines
from tools.local.aws.cloudformation.no_effect import WITHOUT_EFFECT, values_without_effect, why_without_effect
from tools.local.aws.cloudformation.recording import Recording
from tools.local.client import Cloud
from tools.tests.local.stacks import deployed, template


def test_a_recording_knows_the_unread_keys() -> None:
    recording = Recording({"Read": 1, "Unread": 2, "Part": {"Read": 1, "Unread": 2}, "All": {"a": {"b": 1}}})
    notes = recording.notes
    assert recording["Read"] == 1
    assert recording["Part"].get("Read") == 1
    assert json.dumps(recording["All"]) == '{"a": {"b": 1}}'
    del recording
    assert notes.unread() == ["Unread", "Part.Unread"]


def test_a_stored_value_counts_as_read() -> None:
    recording = Recording({"Targets": [{"Id": "a", "RetryPolicy": {"Times": 1}}], "Other": [{"Id": "b"}]})
    notes = recording.notes
    stored = list(recording["Targets"])
    assert [one["Id"] for one in recording["Other"]] == ["b"]
    assert stored[0]["Id"] == "a"
    del recording
    assert notes.unread() == []
    del stored
    assert notes.unread() == ["Targets.RetryPolicy"]


def test_items_of_a_list_are_alike() -> None:
    recording = Recording({"Tags": [{"Key": "aws:own", "Value": "1"}, {"Key": "b", "Value": "2", "Extra": 3}]})
    notes = recording.notes
    assert [tag["Key"] for tag in recording["Tags"]][-1] == "b"
    assert recording["Tags"][1]["Value"] == "2"
    del recording
    assert notes.unread() == ["Tags.Extra"]


@pytest.mark.parametrize("copy", [dict, lambda one: {**one}, json.dumps, lambda one: list(one.items())])
def test_a_copy_reads_everything(copy: object) -> None:
    recording = Recording({"A": 1, "B": {"C": 2}})
    notes = recording.notes
    assert callable(copy)
    kept = copy(recording)
    del recording
    assert notes.unread() == [], kept


def test_a_property_set_to_false_is_not_requested() -> None:
    assert Recording({"A": False, "B": "false", "C": {"D": True}}).notes.requested == ["C", "C.D"]


def test_a_stack_s_ignored_properties(cloud: Cloud) -> None:
    body = template("ignored")
    with deployed(cloud, "ignored", body) as stack:
        found = from_folder(cloud.home.folder, "ignored")
        assert {(one.logical_id, one.property) for one in found} == {
            ("Table", "PointInTimeRecoverySpecification"),
            ("Table", "SSESpecification"),
            ("Table", "Misspelt"),
            ("Queue", "SqsManagedSseEnabled"),
            ("Queue", "Misspelt"),
            ("Logs", "RetentionInDays"),
        }
        assert lines(found) == [
            "AWS::DynamoDB::Table: Misspelt (not read by the local cloud); "
            "PointInTimeRecoverySpecification (no backups here); SSESpecification (no encryption at rest here)",
            "AWS::Logs::LogGroup: RetentionInDays (logs are kept as long as the state)",
            "AWS::SQS::Queue: Misspelt (not read by the local cloud); "
            "SqsManagedSseEnabled (no encryption at rest here)",
        ]
        assert stack.deploy(body, Retention="7") == "UPDATE_COMPLETE"
        assert from_folder(cloud.home.folder, "ignored") == found, "an update reads less, which changes nothing"
        assert stack.deploy(body.replace("Misspelt: 1", "Other: 1")) == "UPDATE_COMPLETE"
        now = {(one.logical_id, one.property) for one in from_folder(cloud.home.folder, "ignored")}
        assert ("Queue", "Other") in now
        assert ("Queue", "Misspelt") not in now
    assert from_folder(cloud.home.folder, "ignored") == []


def test_only_streams_have_a_window() -> None:
    """A queue's mapping has no window here and is listed; a stream's has one."""
    for source, expected in (("sqs", ["MaximumBatchingWindowInSeconds (of a queue)"]), ("dynamodb", [])):
        texts = {"EventSourceArn": f"arn:aws:{source}:us-east-1:000000000000:q"}
        found = values_without_effect("AWS::Lambda::EventSourceMapping", texts, ["MaximumBatchingWindowInSeconds"])
        assert found == expected
        assert all(why_without_effect("AWS::Lambda::EventSourceMapping", path) for path in found)


def test_the_table_names_properties_that_exist() -> None:
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # slow to load, so it is imported in this test only

    unknown = [
        (type_name, path)
        for type_name, properties in WITHOUT_EFFECT.items()
        for path in properties
        if path.split(".")[0]
        not in PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_name).schema["properties"]
    ]
    assert not unknown


def test_expiry_of_items_is_not_ignored(cloud: Cloud) -> None:
    body = template("ignored")
    with deployed(cloud, "expiring", body) as stack:
        table, dynamodb = stack.physical_id("Table"), cloud.client("dynamodb")

        def expiry() -> object:
            setting = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
            return setting["TimeToLiveStatus"], setting.get("AttributeName")

        assert expiry() == ("ENABLED", "expiresAt")
        without = "\n".join(line for line in body.splitlines() if "TimeToLive" not in line)
        assert stack.deploy(without) == "UPDATE_COMPLETE"
        assert expiry() == ("DISABLED", "expiresAt")

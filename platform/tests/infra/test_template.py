"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import read_template

TEMPLATE = Template(read_template(Path(__file__).parents[2] / "template.yaml"))


def test_prod_has_no_listener() -> None:
    listening = {name for name in TEMPLATE.resources if name.startswith("Listener")}
    assert listening
    assert {TEMPLATE[name].get("Condition") for name in listening} == {"HasListener"}


def test_alarms_reach_their_topic_through_a_key_that_admits_them() -> None:
    assert TEMPLATE.properties("AlarmTopic")["KmsMasterKeyId"] == {"Ref": "AlarmKey"}
    by_service = {
        str(statement["Principal"].get("Service")): statement
        for statement in TEMPLATE.properties("AlarmKey")["KeyPolicy"]["Statement"]
    }
    for service in ("cloudwatch.amazonaws.com", "events.amazonaws.com"):
        assert set(by_service[service]["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    # EventBridge sends no aws:SourceAccount to KMS.
    assert "Condition" not in by_service["events.amazonaws.com"]


def test_the_listener_requires_a_signature() -> None:
    assert TEMPLATE.properties("ListenerConnectRoute")["AuthorizationType"] == "AWS_IAM"


def test_the_archive_ends_after_a_month_and_prod_has_no_listener() -> None:
    """Events have addresses and payment tokens: docs/adr/0035."""
    assert TEMPLATE.properties("EventArchive")["RetentionDays"] == {"Ref": "ArchiveDays"}
    assert TEMPLATE.body["Parameters"]["ArchiveDays"]["Default"] == 30
    assert TEMPLATE.body["Conditions"]["HasListener"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Environment"}, "prod"]}]}
    listening = [
        name for name in TEMPLATE.resources if name.startswith(("Listener", "WebsocketListener", "OnAnyEvent"))
    ]
    assert {TEMPLATE[name].get("Condition") for name in listening if not name.endswith("Logs")} == {"HasListener"}


def test_everything_is_archived() -> None:
    assert TEMPLATE.properties("EventArchive")["SourceArn"] == {"Fn::GetAtt": ["EventBus", "Arn"]}
    assert "EventPattern" not in TEMPLATE.properties("EventArchive")

"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import read_template

TEMPLATE = Template(read_template(Path(__file__).parents[2] / "template.yaml"))


def test_prod_has_no_listener() -> None:
    listening = {name for name in TEMPLATE.resources if name.startswith("Listener")}
    assert listening
    assert {TEMPLATE[name].get("Condition") for name in listening} == {"HasListener"}


def test_alarms_reach_their_topic_through_a_key_that_admits_them_and_no_other_service() -> None:
    assert TEMPLATE.properties("AlarmTopic")["KmsMasterKeyId"] == {"Ref": "AlarmKey"}
    use = TEMPLATE.properties("AlarmKey")["KeyPolicy"]["Statement"][1:]
    publish = TEMPLATE.properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"]
    for (statement,) in (use, publish):
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert set(use[0]["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


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

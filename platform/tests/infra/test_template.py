"""What must not vanish from the template."""

from pathlib import Path
from typing import Any

from tools.project.services import read_template

RESOURCES: dict[str, Any] = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


def test_prod_has_no_listener() -> None:
    listening = {name for name in RESOURCES if name.startswith("Listener")}
    assert listening
    assert {RESOURCES[name].get("Condition") for name in listening} == {"HasListener"}


def test_alarms_reach_their_topic_through_a_key_that_admits_them() -> None:
    assert RESOURCES["AlarmTopic"]["Properties"]["KmsMasterKeyId"] == {"Ref": "AlarmKey"}
    statements = RESOURCES["AlarmKey"]["Properties"]["KeyPolicy"]["Statement"]
    admitted = next(s["Principal"]["Service"] for s in statements if s["Sid"] == "AlarmsMayPublish")
    assert {"cloudwatch.amazonaws.com", "events.amazonaws.com"} <= set(admitted)


def test_the_listener_wants_a_signature() -> None:
    assert RESOURCES["ListenerConnectRoute"]["Properties"]["AuthorizationType"] == "AWS_IAM"


def test_everything_is_archived() -> None:
    assert RESOURCES["EventArchive"]["Properties"]["SourceArn"] == {"Fn::GetAtt": ["EventBus", "Arn"]}
    assert "EventPattern" not in RESOURCES["EventArchive"]["Properties"]

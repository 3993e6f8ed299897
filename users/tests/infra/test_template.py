"""What must not vanish from the template."""

from pathlib import Path
from typing import Any

from tools.project.services import read_template

RESOURCES: dict[str, Any] = read_template(Path(__file__).parents[2] / "template.yaml")["Resources"]


def test_people_sign_in_with_their_email_and_survive_the_stack() -> None:
    pool = RESOURCES["UserPool"]
    assert pool["Properties"]["UsernameAttributes"] == ["email"]
    assert (pool["DeletionPolicy"], pool["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_the_groups_of_the_contract() -> None:
    groups = {r["Properties"]["GroupName"] for r in RESOURCES.values() if r["Type"] == "AWS::Cognito::UserPoolGroup"}
    assert groups == {"admin", "warehouse", "delivery"}


def test_both_triggers_point_to_the_live_alias_and_only_this_pool_may_call() -> None:
    alias = {"Ref": "OnCognitoTriggerFunction.Alias"}
    assert RESOURCES["UserPool"]["Properties"]["LambdaConfig"] == {"PreSignUp": alias, "PostConfirmation": alias}
    permission = RESOURCES["UserAppearedPermission"]["Properties"]
    assert permission["FunctionName"] == alias
    assert permission["SourceArn"] == {"Fn::GetAtt": ["UserPool", "Arn"]}


def test_what_cannot_be_announced_for_a_day_is_kept() -> None:
    redrive = RESOURCES["AppearedQueue"]["Properties"]["RedrivePolicy"]
    assert redrive["maxReceiveCount"] >= 96  # waits of 15 minutes for 24 hours


def test_the_queue_is_no_event_of_the_function() -> None:
    """SAM attaches a policy of AWS to such a function, which reads every queue of the account."""
    assert "Events" not in RESOURCES["OnNewUserMessageFunction"]["Properties"]
    source = RESOURCES["AnnounceFunctionAppeared"]["Properties"]
    assert source["EventSourceArn"] == {"Fn::GetAtt": ["AppearedQueue", "Arn"]}
    assert source["FunctionName"] == {"Ref": "OnNewUserMessageFunction.Alias"}

"""Resources and settings that the template must have."""

from pathlib import Path

from ecom_testkit.templates import Template
from tools.project.services import read_template

TEMPLATE = Template(read_template(Path(__file__).parents[2] / "template.yaml"))


def test_users_sign_in_with_their_email_and_survive_the_stack() -> None:
    assert TEMPLATE.properties("UserPool")["UsernameAttributes"] == ["email"]
    assert TEMPLATE.is_retained("UserPool")


def test_the_groups_of_the_contract() -> None:
    groups = {group["GroupName"] for group in TEMPLATE.of_type("AWS::Cognito::UserPoolGroup").values()}
    assert groups == {"admin", "warehouse", "delivery"}


def test_both_triggers_point_to_the_live_alias_and_only_this_pool_may_call() -> None:
    alias = {"Ref": "OnCognitoTriggerFunction.Alias"}
    assert TEMPLATE.properties("UserPool")["LambdaConfig"] == {"PreSignUp": alias, "PostConfirmation": alias}
    permission = TEMPLATE.properties("UserAppearedPermission")
    assert permission["FunctionName"] == alias
    assert permission["SourceArn"] == {"Fn::GetAtt": ["UserPool", "Arn"]}


def test_a_user_that_cannot_be_published_for_a_day_becomes_a_dead_letter() -> None:
    redrive = TEMPLATE.properties("AppearedQueue")["RedrivePolicy"]
    assert redrive["maxReceiveCount"] >= 96  # waits of 15 minutes for 24 hours


def test_the_queue_is_not_an_event_of_the_function() -> None:
    """SAM would attach an AWS policy to the function that allows it to read every queue of the account."""
    assert "Events" not in TEMPLATE.properties("OnNewUserMessageFunction")
    source = TEMPLATE.properties("OnNewUserMessageSource")
    assert source["EventSourceArn"] == {"Fn::GetAtt": ["AppearedQueue", "Arn"]}
    assert source["FunctionName"] == {"Ref": "OnNewUserMessageFunction.Alias"}

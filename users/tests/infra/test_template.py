"""Resources and settings that the template must have."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ecom_testkit.templates import Template
from tools.project.services import read_template

TEMPLATE = Template(read_template(Path(__file__).parents[2] / "template.yaml"))


def test_users_sign_in_with_their_email_and_survive_the_stack() -> None:
    assert TEMPLATE.properties("UserPool")["UsernameAttributes"] == ["email"]
    assert TEMPLATE.is_retained("UserPool")


def test_an_address_is_verified_before_mails_and_codes_go_there() -> None:
    pool = TEMPLATE.properties("UserPool")
    assert pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["AccountRecoverySetting"] == {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]}


def test_nobody_learns_who_has_an_account() -> None:
    assert TEMPLATE.properties("StorefrontClient")["PreventUserExistenceErrors"] == "ENABLED"


def test_an_authenticator_app_is_a_choice_and_off_by_default() -> None:
    assert TEMPLATE.body["Parameters"]["StaffMfa"]["Default"] == "OFF"
    pool = TEMPLATE.properties("UserPool")
    assert pool["MfaConfiguration"] == {"Ref": "StaffMfa"}
    assert pool["EnabledMfas"] == {"Fn::If": ["HasMfa", ["SOFTWARE_TOKEN_MFA"], {"Ref": "AWS::NoValue"}]}
    # A phone number is neither known nor charged for.
    assert "SmsConfiguration" not in pool


@pytest.mark.parametrize(
    ("operation", "limited"),
    [("SignUp", True), ("ResendConfirmationCode", True), ("ForgotPassword", True), ("UpdateUserAttributes", True),
     ("GetUserAttributeVerificationCode", True), ("InitiateAuth", False), ("ConfirmSignUp", False),
     ("ConfirmForgotPassword", False), ("VerifyUserAttribute", False), ("GetUser", False)],
)  # fmt: skip
def test_requests_that_send_a_mail_are_limited_by_address_on_aws(operation: str, limited: bool) -> None:
    (rule,) = TEMPLATE.properties("Firewall")["Rules"]
    rate = rule["Statement"]["RateBasedStatement"]
    assert (rule["Action"], rate["Limit"]) == ({"Block": {}}, {"Ref": "MailsPerAddress"})
    # Cognito Developer Guide, *Associate an AWS WAF web ACL with a user pool*: it adds the second header itself.
    sent = {
        "x-amz-target": f"AWSCognitoIdentityProviderService.{operation}",
        "x-amzn-cognito-operation-name": operation,
    }
    for name, value in sent.items():
        assert counts(rate["ScopeDownStatement"], {name: value}) is limited
        assert not counts(rate["ScopeDownStatement"], {name: f"{value}Else", "user-agent": value})


def counts(statement: Mapping[str, Any], headers: Mapping[str, str]) -> bool:
    """Whether WAF finds one of the regular expressions in its header."""
    matches = [each["RegexMatchStatement"] for each in statement["OrStatement"]["Statements"]]
    return any(
        re.search(match["RegexString"], headers.get(match["FieldToMatch"]["SingleHeader"]["Name"], ""))
        for match in matches
    )


def test_the_firewall_is_the_pools_and_not_on_the_local_cloud() -> None:
    assert TEMPLATE["Firewall"]["Condition"] == TEMPLATE["FirewallOfUserPool"]["Condition"] == "HasFirewall"
    assert TEMPLATE.properties("FirewallOfUserPool")["ResourceArn"] == {"Fn::GetAtt": ["UserPool", "Arn"]}
    local = {"Fn::Equals": [{"Ref": "LocalEndpoint"}, ""]}
    assert local in TEMPLATE.body["Conditions"]["HasFirewall"]["Fn::And"]
    assert TEMPLATE.body["Parameters"]["MailsPerAddress"]["Default"] == "20"


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

"""Cognito's triggers from outside: which run, with what event, and what a failing one does to the caller."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.tests.local.codes import code_to
from tools.tests.local.stacks import Stack, deployed, eventually, put_code, template

PASSWORD = "Correct-horse-9"

# The function stores each event that it gets. The e-mail address or the caller's data say what else to do.
FUNCTION = """
    import json, os, time, uuid
    import boto3

    dynamodb = boto3.client("dynamodb")

    def calls():
        return dynamodb.scan(TableName=os.environ["TABLE_NAME"], ConsistentRead=True)["Items"]

    def handler(event, context):
        item = {"at": {"S": uuid.uuid4().hex}, "event": {"S": json.dumps(event)}}
        dynamodb.put_item(TableName=os.environ["TABLE_NAME"], Item=item)
        source, email = event["triggerSource"], event["request"]["userAttributes"].get("email", "")
        wish = email.split("@")[0].split("+")
        if "meet" in wish:  # wait until two events with this address are stored
            while len([1 for one in calls() if email in one["event"]["S"]]) < 2:
                time.sleep(0.05)
        if source.split("_")[0] in wish:
            if "raise" in wish:
                raise ValueError("not today")
            if "sleep" in wish:
                time.sleep(6)
            if "nothing" in wish:
                return None
        if "auto" in wish and source == "PreSignUp_SignUp":
            event["response"]["autoConfirmUser"] = True
            event["response"]["autoVerifyEmail"] = True
        return event
"""


@dataclass
class Pool:
    """The pool of a stack, and the events of its function."""

    stack: Stack
    id: str
    client: str
    table: str

    @cached_property
    def idp(self) -> Any:
        return self.stack.cloud.client("cognito-idp")

    def code(self, email: str) -> str:
        """The code in the newest mail to the address."""
        return code_to(self.stack.cloud, email)

    def email(self, wish: str = "") -> str:
        return f"{wish}+{uuid4().hex}@example.com"

    def events(self, email: str) -> list[dict[str, Any]]:
        items = self.stack.cloud.client("dynamodb").scan(TableName=self.table)["Items"]
        events = [json.loads(item["event"]["S"]) for item in items]
        return [one for one in events if one["request"]["userAttributes"].get("email") == email]

    def sources(self, email: str) -> list[str]:
        return sorted(event["triggerSource"] for event in self.events(email))

    def event(self, email: str, source: str) -> dict[str, Any]:
        (event,) = (one for one in self.events(email) if one["triggerSource"] == source)
        return event

    def sign_up(self, email: str, **more: Any) -> dict[str, Any]:
        attributes = [{"Name": "email", "Value": email}]
        return self.idp.sign_up(  # type: ignore[no-any-return]  # boto3 by name has no types
            ClientId=self.client, Username=email, Password=PASSWORD, UserAttributes=attributes, **more
        )

    def status(self, email: str) -> str:
        return str(self.idp.admin_get_user(UserPoolId=self.id, Username=email)["UserStatus"])


def pool_of(stack: Stack) -> Pool:
    outputs = stack.outputs()
    return Pool(stack, outputs["Pool"], outputs["Client"], outputs["Calls"])


@pytest.fixture(scope="module")
def pool(cloud: Cloud) -> Iterator[Pool]:
    put_code(cloud, "cognito.zip", FUNCTION)
    with deployed(cloud, "triggers", template("cognito")) as stack:
        yield pool_of(stack)


def test_sign_up_then_confirmation(pool: Pool) -> None:
    email = pool.email()
    sub = pool.sign_up(email, ValidationData=[{"Name": "shop", "Value": "1"}], ClientMetadata={"campaign": "spring"})[
        "UserSub"
    ]
    assert pool.sources(email) == ["PreSignUp_SignUp"]
    assert pool.event(email, "PreSignUp_SignUp") == {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": pool.id,
        "userName": sub,
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": pool.client},
        "triggerSource": "PreSignUp_SignUp",
        "request": {
            "userAttributes": {"email": email},
            "validationData": {"shop": "1"},
            "clientMetadata": {"campaign": "spring"},
        },
        "response": {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False},
    }
    pool.idp.confirm_sign_up(ClientId=pool.client, Username=email, ConfirmationCode=pool.code(email))
    event = pool.event(email, "PostConfirmation_ConfirmSignUp")
    assert event["userName"] == sub
    assert event["response"] == {}
    assert event["request"] == {
        "userAttributes": {
            "sub": sub,
            "email": email,
            "email_verified": "true",
            "cognito:user_status": "CONFIRMED",
        }
    }
    assert email not in pool.stack.cloud.home.log.read_text()


def test_of_two_sign_ups_at_once_one_is_refused(pool: Pool) -> None:
    email = pool.email("meet")

    def outcome(_: int) -> str:
        try:
            return str(pool.sign_up(email)["UserSub"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(2) as threads:
        outcomes = set(threads.map(outcome, range(2)))
    assert "UsernameExistsException" in outcomes
    assert len(outcomes) == 2
    assert len(pool.sources(email)) == 2


def test_an_administrator_confirms(pool: Pool) -> None:
    email = pool.email()
    pool.sign_up(email)
    pool.idp.admin_confirm_sign_up(UserPoolId=pool.id, Username=email, ClientMetadata={"by": "staff"})
    event = pool.event(email, "PostConfirmation_ConfirmSignUp")
    assert event["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert event["request"]["clientMetadata"] == {"by": "staff"}
    with pytest.raises(ClientError, match="Current status is CONFIRMED"):
        pool.idp.admin_confirm_sign_up(UserPoolId=pool.id, Username=email)
    assert pool.sources(email).count("PostConfirmation_ConfirmSignUp") == 1


def test_auto_confirmation_is_a_confirmation(pool: Pool) -> None:
    email = pool.email("auto")
    assert pool.sign_up(email)["UserConfirmed"]
    attributes = pool.event(email, "PostConfirmation_ConfirmSignUp")["request"]["userAttributes"]
    assert (attributes["email_verified"], attributes["cognito:user_status"]) == ("true", "CONFIRMED")


def test_created_by_an_administrator(pool: Pool) -> None:
    """PreSignUp only, before the user exists, and no PostConfirmation at the first password either."""
    email = pool.email("auto")
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    made = pool.idp.admin_create_user(
        UserPoolId=pool.id,
        Username=email,
        UserAttributes=attributes,
        TemporaryPassword=PASSWORD,
        MessageAction="SUPPRESS",
        ClientMetadata={"by": "staff"},
    )["User"]
    event = pool.event(email, "PreSignUp_AdminCreateUser")
    assert event["userName"] == made["Username"]
    assert event["request"]["userAttributes"] == {"email": email, "email_verified": "true"}
    assert event["request"]["clientMetadata"] == {"by": "staff"}
    assert pool.status(email) == "FORCE_CHANGE_PASSWORD", "autoConfirmUser is ignored here"
    challenge = pool.idp.initiate_auth(
        ClientId=pool.client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
    )
    pool.idp.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": PASSWORD + "x"},
    )
    assert pool.sources(email) == [
        "PostAuthentication_Authentication",
        "PreAuthentication_Authentication",
        "PreSignUp_AdminCreateUser",
    ]


def test_a_refused_user_of_an_administrator_does_not_exist(pool: Pool) -> None:
    email = pool.email("PreSignUp+raise")
    with pytest.raises(
        pool.idp.exceptions.UserLambdaValidationException, match=r"PreSignUp failed with error not today\."
    ):
        pool.idp.admin_create_user(UserPoolId=pool.id, Username=email, MessageAction="SUPPRESS")
    with pytest.raises(pool.idp.exceptions.UserNotFoundException):
        pool.status(email)


def test_no_trigger_for_a_request_that_is_wrong_anyway(pool: Pool) -> None:
    email = pool.email()
    with pytest.raises(pool.idp.exceptions.InvalidPasswordException):
        pool.idp.admin_create_user(UserPoolId=pool.id, Username=email, TemporaryPassword="x")
    pool.sign_up(email)
    with pytest.raises(pool.idp.exceptions.UsernameExistsException):
        pool.idp.admin_create_user(UserPoolId=pool.id, Username=email)
    assert pool.sources(email) == ["PreSignUp_SignUp"]


def test_a_refused_sign_up_leaves_no_user(pool: Pool) -> None:
    email = pool.email("PreSignUp+raise")
    with pytest.raises(
        pool.idp.exceptions.UserLambdaValidationException, match=r"PreSignUp failed with error not today\."
    ):
        pool.sign_up(email)
    with pytest.raises(pool.idp.exceptions.UserNotFoundException):
        pool.status(email)


def test_a_failing_post_confirmation_leaves_the_user_confirmed(pool: Pool) -> None:
    email = pool.email("PostConfirmation+raise")
    pool.sign_up(email)
    with pytest.raises(
        pool.idp.exceptions.UserLambdaValidationException, match=r"PostConfirmation failed with error not today\."
    ):
        pool.idp.confirm_sign_up(ClientId=pool.client, Username=email, ConfirmationCode=pool.code(email))
    assert pool.status(email) == "CONFIRMED"


def test_a_missing_answer_is_an_invalid_answer(pool: Pool) -> None:
    with pytest.raises(pool.idp.exceptions.InvalidLambdaResponseException, match="Unrecognizable lambda output"):
        pool.sign_up(pool.email("PreSignUp+nothing"))


def test_three_attempts_of_five_seconds(pool: Pool) -> None:
    email = pool.email("PreSignUp+sleep")
    with pytest.raises(pool.idp.exceptions.UnexpectedLambdaException, match="Socket timeout"):
        pool.sign_up(email)
    assert pool.sources(email) == ["PreSignUp_SignUp"] * 3
    with pytest.raises(pool.idp.exceptions.UserNotFoundException):
        pool.status(email)


def test_a_new_password_by_code(pool: Pool) -> None:
    email = pool.email("auto")
    pool.sign_up(email)
    pool.idp.forgot_password(ClientId=pool.client, Username=email)
    pool.idp.confirm_forgot_password(
        ClientId=pool.client, Username=email, ConfirmationCode=pool.code(email), Password=PASSWORD + "y"
    )
    assert "PostConfirmation_ConfirmForgotPassword" in pool.sources(email)


@pytest.mark.parametrize("trigger", ["PreAuthentication", "PostAuthentication"])
def test_a_refused_sign_in(pool: Pool, trigger: str) -> None:
    email = pool.email(f"auto+{trigger}+raise")
    pool.sign_up(email)
    with pytest.raises(pool.idp.exceptions.UserLambdaValidationException, match=f"{trigger} failed"):
        pool.idp.admin_initiate_auth(
            UserPoolId=pool.id,
            ClientId=pool.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
    assert f"{trigger}_Authentication" in pool.sources(email)


def test_a_pool_without_permission_cannot_call_its_function(cloud: Cloud) -> None:
    put_code(cloud, "cognito.zip", FUNCTION)
    with deployed(cloud, "not-admitted", template("cognito"), Admitted="no") as stack:
        pool = pool_of(stack)
        email = pool.email()
        with pytest.raises(
            pool.idp.exceptions.UnexpectedLambdaException,
            match=r"PreSignUp invocation failed due to error AccessDeniedException\.",
        ):
            pool.sign_up(email)
        assert pool.sources(email) == []
        eventually(lambda: True, "nothing else")


def test_a_user_is_found_by_their_sub(pool: Pool) -> None:
    """Orders use the `sub` as the owner's id, and callers use the same one."""
    email = pool.email()
    sub = pool.sign_up(email)["UserSub"]
    found = pool.idp.admin_get_user(UserPoolId=pool.id, Username=sub)
    attributes = {item["Name"]: item["Value"] for item in found["UserAttributes"]}
    assert (attributes["sub"], attributes["email"]) == (sub, email)
    with pytest.raises(pool.idp.exceptions.UserNotFoundException):
        pool.idp.admin_get_user(UserPoolId=pool.id, Username=str(uuid4()))


def test_a_case_insensitive_pool_has_one_user_per_address(pool: Pool) -> None:
    made = pool.idp.create_user_pool(
        PoolName="no-case", UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False}
    )["UserPool"]
    small = pool.email("jo")
    large = small.upper()
    first = pool.idp.admin_create_user(UserPoolId=made["Id"], Username=small)["User"]
    with pytest.raises(pool.idp.exceptions.UsernameExistsException):
        pool.idp.admin_create_user(UserPoolId=made["Id"], Username=large)
    client = pool.idp.create_user_pool_client(UserPoolId=made["Id"], ClientName="any")["UserPoolClient"]
    with pytest.raises(pool.idp.exceptions.UsernameExistsException):
        pool.idp.sign_up(ClientId=client["ClientId"], Username=large, Password=PASSWORD)
    assert pool.idp.admin_get_user(UserPoolId=made["Id"], Username=large)["Username"] == first["Username"]
    pool.idp.delete_user_pool(UserPoolId=made["Id"])

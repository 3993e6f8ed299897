"""The deployed user pool: sign-up, and users that an administrator creates."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ecom_client.made import made
from ecom_client.people import PASSWORD, remove_user, temporary_user
from ecom_client.platform import Platform
from ecom_testkit.mailbox import Mailbox

pytestmark = pytest.mark.deployed

SOURCE = "ecommerce.users"


@pytest.fixture
def email(platform_outside: Platform) -> Iterator[str]:
    """A new address. The users with this address and with `other-` before it are deleted afterwards."""
    address = made(f"test-{uuid.uuid4().hex}@example.com")
    yield address
    for name in (address, f"other-{address}"):
        remove_user(platform_outside, name)


def test_a_user_that_signs_up_is_published_once_it_is_confirmed_and_not_before(
    platform_outside: Platform, email: str
) -> None:
    cognito = platform_outside.client("cognito-idp")
    pool = platform_outside.parameter("users/user-pool/id")
    client = platform_outside.parameter("users/storefront-client/id")
    with platform_outside.events(SOURCE) as caught:
        signed_up = cognito.sign_up(
            ClientId=client, Username=email, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": email}]
        )
        sub = signed_up["UserSub"]
        # The event of another user proves that this test receives events, and that the first user has none.
        other = create_by_admin(cognito, pool, f"other-{email}")
        caught.wait_for(other, "UserCreated")
        assert caught.about(sub) == []
        cognito.admin_confirm_sign_up(UserPoolId=pool, Username=email)
        event = caught.wait_for(sub, "UserCreated")
    assert (event["detail"]["userId"], event["detail"]["email"]) == (sub, email)
    assert event["source"] == SOURCE


def test_a_user_that_an_administrator_creates_is_published_once(platform_outside: Platform, email: str) -> None:
    cognito = platform_outside.client("cognito-idp")
    pool = platform_outside.parameter("users/user-pool/id")
    with platform_outside.events(SOURCE) as caught:
        sub = create_by_admin(cognito, pool, email)
        event = caught.wait_for(sub, "UserCreated")
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        other = create_by_admin(cognito, pool, f"other-{email}")
        caught.wait_for(other, "UserCreated")
        assert len(caught.about(sub)) == 1
    assert (event["detail"]["userId"], event["detail"]["email"]) == (sub, email)


def test_the_code_of_a_sign_up_arrives_by_mail_and_confirms_it(platform_outside: Platform, email: str) -> None:
    mailbox = Mailbox(platform_outside)
    if not mailbox.exists:
        pytest.skip("AWS has no mailbox that a test can read")
    cognito = platform_outside.client("cognito-idp")
    pool = platform_outside.parameter("users/user-pool/id")
    client = platform_outside.parameter("users/storefront-client/id")
    attributes = [{"Name": "email", "Value": email}]
    answer = cognito.sign_up(ClientId=client, Username=email, Password=PASSWORD, UserAttributes=attributes)
    assert answer["CodeDeliveryDetails"]["Destination"] == "t***@e***"
    (mail,) = mailbox.wait_for(email)
    (code,) = re.findall(r"\b\d{6}\b", mail.text)
    cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
    user = cognito.admin_get_user(UserPoolId=pool, Username=email)
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("sub", "InvalidParameterException"),
        ("email", "AliasExistsException"),
        ("email_verified", "NotAuthorizedException"),
        ("cognito:groups", "InvalidParameterException"),
    ],
)
def test_a_shopper_does_not_become_another_one(platform_outside: Platform, name: str, code: str) -> None:
    cognito = platform_outside.client("cognito-idp")
    with temporary_user(platform_outside) as shopper, temporary_user(platform_outside) as other:
        value = {"sub": other.user_id, "email": other.email, "cognito:groups": "admin"}.get(name, "true")
        with pytest.raises(ClientError) as refused:
            cognito.update_user_attributes(
                AccessToken=shopper.access_token, UserAttributes=[{"Name": name, "Value": value}]
            )
        assert refused.value.response["Error"]["Code"] == code
        attributes = cognito.get_user(AccessToken=shopper.access_token)["UserAttributes"]
        found = {each["Name"]: each["Value"] for each in attributes}
        assert (found["sub"], found["email"]) == (shopper.user_id, shopper.email)


def test_the_groups_exist(platform_outside: Platform) -> None:
    pool = platform_outside.parameter("users/user-pool/id")
    groups = platform_outside.client("cognito-idp").list_groups(UserPoolId=pool)["Groups"]
    assert {group["GroupName"] for group in groups} == {"admin", "warehouse", "delivery"}


def create_by_admin(cognito: Any, pool: str, email: str) -> str:
    user = cognito.admin_create_user(
        UserPoolId=pool,
        Username=email,
        UserAttributes=[{"Name": "email", "Value": email}],
        MessageAction="SUPPRESS",
    )["User"]
    return str(next(item["Value"] for item in user["Attributes"] if item["Name"] == "sub"))

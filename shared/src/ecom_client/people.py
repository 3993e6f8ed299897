"""People for tests: made in the pool, signed in, gone afterwards."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ecom_client.made import made
from ecom_client.platform import Platform

PASSWORD = "Passw0rd!-for-tests"  # noqa: S105 - of people who live as long as a test


@dataclass(frozen=True)
class Person:
    user_id: str
    email: str
    id_token: str
    access_token: str


def remove_user(platform: Platform, email: str) -> None:
    """Delete a user, if there is one with this address."""
    cognito, pool = platform.client("cognito-idp"), platform.parameter("users/user-pool/id")
    try:
        user = cognito.admin_get_user(UserPoolId=pool, Username=email)
        cognito.admin_delete_user(UserPoolId=pool, Username=email)
    except cognito.exceptions.UserNotFoundException:
        return
    # Not earlier: what services store about a user is used as long as there is the user.
    made(_sub_of(user["UserAttributes"]))
    made(email)


def _sub_of(attributes: Sequence[Mapping[str, str]]) -> str:
    return next(each["Value"] for each in attributes if each["Name"] == "sub")


@contextmanager
def temporary_user(platform: Platform, *groups: str) -> Iterator[Person]:
    """A confirmed user in the given groups, with tokens, through an app client of the test's own."""
    cognito = platform.client("cognito-idp")
    pool = platform.parameter("users/user-pool/id")
    # On AWS the mails are sent: to a mailbox of SES that accepts them and discards them.
    at = "example.com" if platform.endpoint else "simulator.amazonses.com"
    email = f"success+test-{uuid.uuid4().hex}@{at}"
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName=email, ExplicitAuthFlows=flows)
    client_id = client["UserPoolClient"]["ClientId"]
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    user = cognito.admin_create_user(
        UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
    )["User"]
    try:
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        for group in groups:
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
        tokens = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        yield Person(_sub_of(user["Attributes"]), email, tokens["IdToken"], tokens["AccessToken"])
    finally:
        cognito.delete_user_pool_client(UserPoolId=pool, ClientId=client_id)
        remove_user(platform, email)

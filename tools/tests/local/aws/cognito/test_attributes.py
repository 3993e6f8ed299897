"""Users write their own attributes as Cognito allows: nobody becomes another user or takes an unverified address."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.local.client import Cloud
from tools.local.home import REGION
from tools.tests.local.codes import code_to, mails_to

PASSWORD = "Correct-horse-9"


@dataclass(frozen=True)
class Pool:
    cloud: Cloud
    id: str
    client: str

    @property
    def administrator(self) -> Any:
        return self.cloud.client("cognito-idp")

    @property
    def anybody(self) -> Any:
        config = Config(signature_version=UNSIGNED)
        return boto3.client("cognito-idp", endpoint_url=self.cloud.endpoint, region_name=REGION, config=config)

    def user(self) -> str:
        email = f"ann-{uuid4().hex}@example.com"
        self.administrator.admin_create_user(UserPoolId=self.id, Username=email, MessageAction="SUPPRESS")
        self.administrator.admin_set_user_password(
            UserPoolId=self.id, Username=email, Password=PASSWORD, Permanent=True
        )
        verified = [{"Name": "email_verified", "Value": "true"}]
        self.administrator.admin_update_user_attributes(UserPoolId=self.id, Username=email, UserAttributes=verified)
        return email

    def token(self, email: str) -> str:
        signed_in = {"USERNAME": email, "PASSWORD": PASSWORD}
        answer = self.anybody.initiate_auth(
            ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=signed_in
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    def attributes(self, token: str) -> dict[str, str]:
        return {each["Name"]: each["Value"] for each in self.anybody.get_user(AccessToken=token)["UserAttributes"]}


@pytest.fixture(scope="module")
def pool(cloud: Cloud) -> Iterator[Pool]:
    idp = cloud.client("cognito-idp")
    made = idp.create_user_pool(
        PoolName="attributes",
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
        AutoVerifiedAttributes=["email"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
        Schema=[{"Name": "shoe", "AttributeDataType": "String", "Mutable": False}],
    )["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    client = idp.create_user_pool_client(UserPoolId=made, ClientName="shop", ExplicitAuthFlows=flows)
    yield Pool(cloud, made, client["UserPoolClient"]["ClientId"])
    idp.delete_user_pool(UserPoolId=made)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ClientError) as error:
        yield
    assert error.value.response["Error"]["Code"] == code


def update(pool: Pool, token: str, **attributes: str) -> Any:
    written = [{"Name": name.replace("__", ":"), "Value": value} for name, value in attributes.items()]
    return pool.anybody.update_user_attributes(AccessToken=token, UserAttributes=written)


REFUSED = [
    ("sub", "InvalidParameterException"),
    ("custom__shoe", "InvalidParameterException"),
    ("custom__role", "InvalidParameterException"),
    ("cognito__groups", "InvalidParameterException"),
    ("email_verified", "NotAuthorizedException"),
]


@pytest.mark.parametrize(("name", "code"), REFUSED)
def test_a_user_does_not_write_what_is_not_theirs(pool: Pool, name: str, code: str) -> None:
    token = pool.token(pool.user())
    before = pool.attributes(token)
    with refused(code):
        update(pool, token, name="Ann", **{name: "true"})
    assert pool.attributes(token) == before, "all of it is refused"


@pytest.mark.parametrize(("name", "code"), [each for each in REFUSED if each[0] != "custom__shoe"])
def test_a_sign_up_does_not_write_what_is_not_theirs(pool: Pool, name: str, code: str) -> None:
    email = f"bob-{uuid4().hex}@example.com"
    written = {"email": email, name.replace("__", ":"): "true"}
    with refused(code):
        pool.anybody.sign_up(
            ClientId=pool.client,
            Username=email,
            Password=PASSWORD,
            UserAttributes=[{"Name": key, "Value": value} for key, value in written.items()],
        )
    assert mails_to(pool.cloud, email) == []


@pytest.mark.parametrize("name", ["sub", "cognito__groups"])
def test_an_administrator_does_not_write_it_either(pool: Pool, name: str) -> None:
    written = [{"Name": name.replace("__", ":"), "Value": "x"}]
    with refused("InvalidParameterException"):
        pool.administrator.admin_update_user_attributes(
            UserPoolId=pool.id, Username=pool.user(), UserAttributes=written
        )


def test_a_new_address_counts_when_its_code_arrives(pool: Pool) -> None:
    email, new = pool.user(), f"new-{uuid4().hex}@example.com"
    token = pool.token(email)
    (sent,) = update(pool, token, email=new, name="Ann")["CodeDeliveryDetailsList"]
    assert sent == {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    found = pool.attributes(token)
    assert (found["email"], found["email_verified"], found["name"]) == (email, "true", "Ann")
    code = code_to(pool.cloud, new)
    with refused("CodeMismatchException"):
        wrong = f"{(int(code) + 1) % 10**6:06}"
        pool.anybody.verify_user_attribute(AccessToken=token, AttributeName="email", Code=wrong)
    pool.anybody.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    found = pool.attributes(token)
    assert (found["email"], found["email_verified"]) == (new, "true")
    assert pool.token(new), "the new address signs in"
    with refused("ExpiredCodeException"):
        pool.anybody.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)


def test_the_address_of_another_user_is_refused(pool: Pool) -> None:
    other = pool.user()
    with refused("AliasExistsException"):
        update(pool, pool.token(pool.user()), email=other.upper())
    assert mails_to(pool.cloud, other) == []


def test_a_client_writes_the_attributes_that_it_lists(pool: Pool) -> None:
    email = pool.user()
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    limited = pool.administrator.create_user_pool_client(
        UserPoolId=pool.id, ClientName="limited", ExplicitAuthFlows=flows, WriteAttributes=["email", "nickname"]
    )["UserPoolClient"]["ClientId"]
    token = Pool(pool.cloud, pool.id, limited).token(email)
    update(pool, token, nickname="ann")
    with refused("NotAuthorizedException"):
        update(pool, token, name="Ann")


def test_the_claims_of_a_token_are_those_of_the_user_who_signed_in(pool: Pool) -> None:
    victim, thief = pool.user(), pool.user()
    own = pool.attributes(pool.token(thief))["sub"]
    stolen = pool.attributes(pool.token(victim))["sub"]
    with refused("InvalidParameterException"):
        update(pool, pool.token(thief), sub=stolen)
    payload = pool.token(thief).split(".")[1]
    assert json.loads(base64.urlsafe_b64decode(payload + "=="))["sub"] == own

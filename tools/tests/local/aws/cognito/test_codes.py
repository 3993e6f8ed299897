"""Codes arrive by mail, differ, and are checked; answers mask the address."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tools.local.aws.cognito.engine_codes import masked
from tools.local.client import Cloud
from tools.tests.local.codes import code_to, mails_to

PASSWORD = "Correct-horse-9"
MASKED = {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}


@pytest.fixture(scope="module")
def idp(cloud: Cloud) -> Any:
    return cloud.client("cognito-idp")


@pytest.fixture(scope="module")
def pool(idp: Any) -> Iterator[str]:
    pool = idp.create_user_pool(PoolName="codes", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    pool_id = pool["UserPool"]["Id"]
    yield pool_id
    idp.delete_user_pool(UserPoolId=pool_id)


def client_of(idp: Any, pool: str, **settings: Any) -> str:
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = idp.create_user_pool_client(UserPoolId=pool, ClientName="shop", ExplicitAuthFlows=flows, **settings)
    return str(made["UserPoolClient"]["ClientId"])


@pytest.fixture(scope="module")
def client(idp: Any, pool: str) -> str:
    return client_of(idp, pool)


@pytest.fixture
def email() -> str:
    return f"ann-{uuid4().hex}@example.com"


def sign_up(idp: Any, client: str, email: str) -> dict[str, Any]:
    attributes = [{"Name": "email", "Value": email}]
    answer: dict[str, Any] = idp.sign_up(ClientId=client, Username=email, Password=PASSWORD, UserAttributes=attributes)
    return answer


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def test_a_sign_up_is_confirmed_with_the_code_of_its_mail_only(cloud: Cloud, idp: Any, client: str, email: str) -> None:
    answer = sign_up(idp, client, email)
    assert (answer["UserConfirmed"], answer["CodeDeliveryDetails"]) == (False, MASKED)
    (mail,) = mails_to(cloud, email)
    assert (mail["from"], mail["subject"]) == ("no-reply@verificationemail.com", "Your verification code")
    code = code_to(cloud, email)
    with pytest.raises(idp.exceptions.CodeMismatchException):
        idp.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=another(code))
    idp.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
    signed_in = {"USERNAME": email, "PASSWORD": PASSWORD}
    answer = idp.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=signed_in)
    assert answer["AuthenticationResult"]["IdToken"]


def test_a_code_that_is_sent_again_replaces_the_first(cloud: Cloud, idp: Any, client: str, email: str) -> None:
    sign_up(idp, client, email)
    codes = [code_to(cloud, email)]
    while codes[-1] in codes[:-1] or len(codes) == 1:  # two random codes may be equal
        assert idp.resend_confirmation_code(ClientId=client, Username=email)["CodeDeliveryDetails"] == MASKED
        codes.append(code_to(cloud, email))
    assert len(mails_to(cloud, email)) == len(codes)
    with pytest.raises(idp.exceptions.CodeMismatchException):
        idp.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=codes[0])
    idp.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=codes[-1])


def test_a_forgotten_password_is_set_with_the_code_of_its_mail(cloud: Cloud, idp: Any, client: str, email: str) -> None:
    sign_up(idp, client, email)
    idp.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code_to(cloud, email))
    assert idp.forgot_password(ClientId=client, Username=email)["CodeDeliveryDetails"] == MASKED
    code = code_to(cloud, email)
    fresh = {"ClientId": client, "Username": email, "Password": PASSWORD + "x"}
    with pytest.raises(idp.exceptions.CodeMismatchException):
        idp.confirm_forgot_password(**fresh, ConfirmationCode=another(code))
    idp.confirm_forgot_password(**fresh, ConfirmationCode=code)


def test_a_password_is_reset_through_a_verified_address_only(cloud: Cloud, idp: Any, pool: str, email: str) -> None:
    """An app client that hides who has an account answers as it does for an address without one."""
    legacy = client_of(idp, pool)
    hiding = client_of(idp, pool, PreventUserExistenceErrors="ENABLED")
    sign_up(idp, legacy, email)
    with pytest.raises(idp.exceptions.InvalidParameterException, match="no registered/verified email"):
        idp.forgot_password(ClientId=legacy, Username=email)
    assert idp.forgot_password(ClientId=hiding, Username=email)["CodeDeliveryDetails"] == MASKED
    assert len(mails_to(cloud, email)) == 1  # the sign-up's
    idp.confirm_sign_up(ClientId=legacy, Username=email, ConfirmationCode=code_to(cloud, email))
    idp.forgot_password(ClientId=hiding, Username=email)
    assert len(mails_to(cloud, email)) == 2


def test_a_user_who_is_confirmed_gets_no_code_for_it(cloud: Cloud, idp: Any, client: str, email: str) -> None:
    sign_up(idp, client, email)
    code = code_to(cloud, email)
    idp.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
    with pytest.raises(idp.exceptions.InvalidParameterException, match="User is already confirmed"):
        idp.resend_confirmation_code(ClientId=client, Username=email)
    with pytest.raises(idp.exceptions.NotAuthorizedException, match="Current status is CONFIRMED"):
        idp.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)


def test_no_code_is_in_the_log(cloud: Cloud, idp: Any, client: str, email: str) -> None:
    sign_up(idp, client, email)
    log = cloud.home.log.read_text()
    assert email not in log
    assert f"code is {code_to(cloud, email)}" not in log


@pytest.mark.parametrize(
    ("address", "shown"), [("a@b.example", "a***@b***"), ("ann@example.com", "a***@e***"), ("ann", "***")]
)
def test_a_masked_address(address: str, shown: str) -> None:
    assert masked(address) == shown

"""A new password leaves the sessions of a user, as on AWS. GlobalSignOut ends them, and not those that begin later."""

from typing import Any
from uuid import uuid4

import pytest

from tools.local.client import Cloud
from tools.tests.local.codes import code_to

STRANGERS, OWN = "Correct-horse-8", "Correct-horse-9"


class Client:
    def __init__(self, idp: Any, pool: str) -> None:
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        made = idp.create_user_pool_client(UserPoolId=pool, ClientName="shop", ExplicitAuthFlows=flows)
        self.idp, self.id = idp, made["UserPoolClient"]["ClientId"]

    def sign_in(self, email: str, password: str) -> dict[str, str]:
        names = {"USERNAME": email, "PASSWORD": password}
        answer = self.idp.initiate_auth(ClientId=self.id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=names)
        tokens: dict[str, str] = answer["AuthenticationResult"]
        return tokens

    def refresh(self, tokens: dict[str, str]) -> None:
        names = {"REFRESH_TOKEN": tokens["RefreshToken"]}
        self.idp.initiate_auth(ClientId=self.id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=names)


def test_a_new_password_ends_no_session_and_a_global_sign_out_ends_all(cloud: Cloud) -> None:
    idp = cloud.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="out", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    pool_id, email = pool["UserPool"]["Id"], f"ann-{uuid4().hex}@example.com"
    client = Client(idp, pool_id)
    user = {"ClientId": client.id, "Username": email}
    idp.sign_up(**user, Password=STRANGERS, UserAttributes=[{"Name": "email", "Value": email}])
    idp.confirm_sign_up(**user, ConfirmationCode=code_to(cloud, email))
    before = client.sign_in(email, STRANGERS)
    idp.forgot_password(**user)
    idp.confirm_forgot_password(**user, Password=OWN, ConfirmationCode=code_to(cloud, email))
    with pytest.raises(idp.exceptions.NotAuthorizedException):
        client.sign_in(email, STRANGERS)
    client.refresh(before)
    idp.global_sign_out(AccessToken=client.sign_in(email, OWN)["AccessToken"])
    with pytest.raises(idp.exceptions.NotAuthorizedException, match="revoked"):
        client.refresh(before)
    with pytest.raises(idp.exceptions.NotAuthorizedException, match="revoked"):
        idp.get_user(AccessToken=before["AccessToken"])
    client.refresh(client.sign_in(email, OWN))
    idp.delete_user_pool(UserPoolId=pool_id)

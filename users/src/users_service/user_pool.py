"""The Cognito user pool."""

from typing import TYPE_CHECKING

from users_service.domain import User

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class UserPool:
    def __init__(self, client: "CognitoIdentityProviderClient", pool_id: str) -> None:
        self._client = client
        self._pool_id = pool_id

    def find(self, name: str) -> User | None:
        try:
            answer = self._client.admin_get_user(UserPoolId=self._pool_id, Username=name)
        except self._client.exceptions.UserNotFoundException:
            return None
        attributes = {item["Name"]: item.get("Value", "") for item in answer["UserAttributes"]}
        return User(user_id=attributes["sub"], email=attributes["email"])

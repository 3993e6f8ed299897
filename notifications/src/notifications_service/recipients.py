"""The shopper's address, from the Cognito user pool, which is used in this module only."""

from typing import TYPE_CHECKING, Protocol

from ecom.mail_address import can_receive_mail
from notifications_service.errors import InvalidAddress

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

MAX_USER_NAME = 128


class Recipients(Protocol):
    def address_of(self, user_id: str) -> str | None:
        """The address of the user with this `sub`; None when there is no such user or no address.

        Raises InvalidAddress.
        """


class CognitoRecipients:
    def __init__(self, client: "CognitoIdentityProviderClient", pool_id: str) -> None:
        self._client = client
        self._pool_id = pool_id

    def address_of(self, user_id: str) -> str | None:
        """One request: Cognito accepts the `sub` as the user name."""
        if not 0 < len(user_id) <= MAX_USER_NAME:
            return None
        errors = self._client.exceptions
        try:
            answer = self._client.admin_get_user(UserPoolId=self._pool_id, Username=user_id)
        except (errors.UserNotFoundException, errors.InvalidParameterException):
            return None
        attributes = {item["Name"]: item.get("Value", "") for item in answer["UserAttributes"]}
        # Cognito accepts an address as the user name too: an order that names one would choose its recipient.
        if attributes.get("sub") != user_id or not attributes.get("email"):
            return None
        return checked_address(attributes["email"])


def checked_address(address: str) -> str:
    """The address, if it can receive mail. Raises InvalidAddress: a dead letter at once is better than a day of SES's
    refusals."""
    if not can_receive_mail(address):
        raise InvalidAddress("the user's address in the pool cannot receive mail")
    return address

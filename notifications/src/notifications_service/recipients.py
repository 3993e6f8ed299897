"""Where a shopper's mail goes: what the user pool says. Only this file knows Cognito's words."""

from typing import TYPE_CHECKING, Protocol

from notifications_service.errors import NoMailbox

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

LONGEST_NAME = 128
LONGEST_ADDRESS = 320


class People(Protocol):
    def mailbox(self, user_id: str) -> str | None:
        """The address of the user with this `sub`; None when there is no such user, or they have none."""


class Pool:
    def __init__(self, client: "CognitoIdentityProviderClient", pool_id: str) -> None:
        self._client = client
        self._pool_id = pool_id

    def mailbox(self, user_id: str) -> str | None:
        """One request. AWS takes the `sub` for the name."""
        if not 0 < len(user_id) <= LONGEST_NAME:
            return None
        missing = self._client.exceptions
        try:
            answer = self._client.admin_get_user(UserPoolId=self._pool_id, Username=user_id)
        except (missing.UserNotFoundException, missing.InvalidParameterException):
            return None
        attributes = {item["Name"]: item.get("Value", "") for item in answer["UserAttributes"]}
        # AWS takes an address for a name too: an order that names one would choose its own recipient.
        if attributes.get("sub") != user_id or not attributes.get("email"):
            return None
        return one_mailbox(attributes["email"])


def one_mailbox(address: str) -> str:
    """The address, if it can be one header's and one recipient's. Raises NoMailbox."""
    local, at, domain = address.partition("@")
    # The mail service takes ASCII alone; what it would refuse for a day is better told at once.
    strange = not (address.isascii() and address.isprintable()) or any(sign in address for sign in ' ,;<>"()')
    if strange or not (local and at and domain) or "@" in domain or len(address) > LONGEST_ADDRESS:
        raise NoMailbox("the user's address in the pool is none that mail can be sent to")
    return address

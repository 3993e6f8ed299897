"""The id of an order, which its owner and the token of the request decide. Pure."""

import uuid

_NAMESPACE = uuid.UUID("0b4e2d8e-3c52-4d4c-9c1e-6f2f6f1f7f11")


def order_id_of(user_id: str, token: str) -> str:
    """The same user and token, the client token or else the payment token, give the same id."""
    return str(uuid.uuid5(_namespace_of(user_id), token))


def _namespace_of(user_id: str) -> uuid.UUID:
    """The id of a user of the pool is a UUID; any other text is hashed to one."""
    try:
        return uuid.UUID(user_id)
    except ValueError:
        return uuid.uuid5(_NAMESPACE, user_id)

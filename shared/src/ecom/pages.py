"""`nextToken`: where a list goes on, bound to the list that gave it.

A token names its list (a scope such as `products` or `orders:user-1`) and DynamoDB's key. It is no secret and grants
nothing: a token with another scope, or whose key could not be one of the list's, is refused as INVALID_TOKEN.
"""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from ecom import jsons
from ecom.dynamo import can_be_key
from ecom.errors import InvalidToken

Key = dict[str, Any]
_BAD = "nextToken is not one that this list gave; start again without it"
MAX_CHARACTERS = 4096


def token_of(scope: str, key: Mapping[str, Any] | None) -> str | None:
    """The token for what comes after the key, None at the end."""
    if not key:
        return None
    return base64.urlsafe_b64encode(jsons.dumps([scope, key]).encode()).decode().rstrip("=")


def key_of(scope: str, token: str | None, attributes: Mapping[str, str | None]) -> Key | None:
    """DynamoDB's key of the token. `attributes` are the names a key of this list has; with a value, it must be that."""
    if token is None:
        return None
    if not isinstance(token, str) or not token or len(token) > MAX_CHARACTERS:
        raise InvalidToken(_BAD)
    try:
        found = jsons.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise InvalidToken(_BAD) from None
    match found:
        case [str(given), dict(key)] if given == scope and set(key) == set(attributes):
            if all(_fits(key[name], want) for name, want in attributes.items()):
                return key
    raise InvalidToken(_BAD)


def _fits(value: Any, wanted: str | None) -> bool:
    return isinstance(value, str) and can_be_key(value) and wanted in (None, value)

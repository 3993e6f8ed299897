"""Pages of a list, and `nextToken`: the start of the next page, valid only for the list that issued it.

A token names its list (a scope such as `products` or `orders:user-1`) and DynamoDB's key. It is not a secret and
grants nothing: a token of another scope, or whose key could not be one of the list's, is refused as INVALID_TOKEN.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ecom import jsons
from ecom.dynamo import Item, Table, can_be_key
from ecom.dynamo_values import MAX_KEY_BYTES, MAX_SORT_KEY_BYTES
from ecom.errors import InvalidToken

T = TypeVar("T")
_INVALID = "nextToken was not issued by this list; start again without it"
MAX_CHARACTERS = 4096


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: list[T]
    next_token: str | None


def query_page(
    table: Table,
    scope: str,
    token: str | None,
    key: Mapping[str, str | None],
    limit: int,
    *,
    sort_key: str | None,
    **request: Any,
) -> Page[Item]:
    """One page of a query, or of a scan when the request has no KeyConditionExpression.

    `key` names the attributes of the list's keys; where it has a value, the token must have the same. `sort_key`
    names the sort key among them; None if there is none. Raises InvalidToken.
    """
    start = decode_token(scope, token, key, sort_key=sort_key)
    page = table.page(Limit=limit, start=start, **request)
    return Page(page.items, encode_token(scope, page.last_key))


def encode_token(scope: str, key: Mapping[str, Any] | None) -> str | None:
    """The token of the page after the key, None at the end of the list."""
    if not key:
        return None
    return base64.urlsafe_b64encode(jsons.dumps([scope, key]).encode()).decode().rstrip("=")


def decode_token(
    scope: str, token: str | None, attributes: Mapping[str, str | None], *, sort_key: str | None
) -> Item | None:
    """The key in the token, None without a token. `sort_key` names the sort key among the attributes; None if there is
    none. DynamoDB accepts every key that this returns. Raises InvalidToken."""
    if token is None:
        return None
    if not isinstance(token, str) or not token or len(token) > MAX_CHARACTERS:
        raise InvalidToken(_INVALID)
    try:
        found = jsons.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except ValueError:  # neither base64 nor JSON
        raise InvalidToken(_INVALID) from None
    match found:
        case [str(given), dict(key)] if given == scope and set(key) == set(attributes):
            longest = {name: MAX_SORT_KEY_BYTES if name == sort_key else MAX_KEY_BYTES for name in attributes}
            if all(_fits(key[name], wanted, longest[name]) for name, wanted in attributes.items()):
                return key
    raise InvalidToken(_INVALID)


def _fits(value: Any, wanted: str | None, max_bytes: int) -> bool:
    return isinstance(value, str) and can_be_key(value, max_bytes) and wanted in (None, value)

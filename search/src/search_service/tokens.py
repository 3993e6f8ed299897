"""`nextToken`: behind which hit the next page begins, for one query. Pure.

A hit is found again by its own place, not by a number of hits before it. So what happens to other products neither
hides nor repeats a hit. The token contains a digest of the query and of itself: a token that was changed, or of another
query, is refused. It is not a secret and grants nothing.
"""

import base64
import hashlib
from dataclasses import astuple

from ecom import jsons
from ecom.errors import InvalidToken
from search_service.answering import Place
from search_service.domain import NAME, Query

MAX_CHARACTERS = 4096
_INVALID = "nextToken was not issued for this text, these filters and this sort; start again without it"


def encode(query: Query, place: Place, at: int) -> str:
    """`at` is when the index was read that has the hit at this place, in milliseconds since 1970."""
    content = jsons.dumps([*place, at, _digest(query, place, at)])
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode(query: Query, token: str) -> tuple[Place, int]:
    """The place, and the time at which it was right. Raises InvalidToken."""
    if not token or len(token) > MAX_CHARACTERS:
        raise InvalidToken(_INVALID)
    try:
        found = jsons.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
    except ValueError:  # neither base64 nor JSON
        raise InvalidToken(_INVALID) from None
    match found:
        case [int() | str() as key, str(product_id), int(at), str()] if isinstance(key, str) is (query.sort == NAME):
            if encode(query, (key, product_id), at) == token:
                return (key, product_id), at
    raise InvalidToken(_INVALID)


def _digest(query: Query, place: Place, at: int) -> str:
    return hashlib.sha256(jsons.dumps([astuple(query), place, at]).encode()).hexdigest()[:16]

"""What every service that takes orders does with the body of a request: read the address, hash the content. Pure."""

import base64
import hashlib
from typing import Any

from ecom import jsons
from ecom.errors import InvalidInput
from ecom.limits import ADDRESS_FIELDS
from ecom.validation import fields


def address_of(value: Any) -> dict[str, str]:
    """The address without blank fields, which createOrder takes for absent; createOrder checks the rest."""
    given = fields(value, "address", ADDRESS_FIELDS)
    wrong = sorted(name for name, each in given.items() if not isinstance(each, str))
    if wrong:
        raise InvalidInput(f"address.{wrong[0]} must be a text")
    return {name: each for name, each in given.items() if each.strip()}


def hash_of(content: Any) -> str:
    """22 characters; the same for the same content. Sort what has no order."""
    digest = hashlib.sha256(jsons.dumps(content).encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")

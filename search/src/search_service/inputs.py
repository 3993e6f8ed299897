"""Validation of requests. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from ecom.errors import InvalidInput
from ecom.validation import fields, paragraph

MAX_TEXT = 500
_NAME = re.compile(r"[A-Za-z0-9_-]{1,43}")


def own_record_id_of(owner: str, name: Any) -> str:
    """The id of the owner's record. Nobody else's requests lead to it."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidInput("the id must have 1 to 43 letters, digits, - and _")
    return f"{owner}_{name}"


def text_of(body: Mapping[str, Any]) -> str:
    return paragraph(fields(body, "the request", ("text",)).get("text"), "text", MAX_TEXT)

"""Resolver code that the data plane can run: Python twins of known JavaScript, found by the hash of its text.

There is no JavaScript engine here, and this module knows no twin: the project's extension registers its own. Unknown
code is refused when the resolver is created, and again at request time, since a guess could give a wrong test result.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tools.local.aws.appsync.errors import UnsupportedResolver

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Handler:
    """The two functions of an APPSYNC_JS module; `request` returns the operation for the data source."""

    request: Callable[[Context], dict[str, Any]]
    response: Callable[[Context], Any]
    # The type of data source that the operation is for.
    source: str = "AWS_LAMBDA"
    batch: bool = False


@dataclass(frozen=True)
class Twin:
    """`handler` does what the JavaScript file `name` with this fingerprint does."""

    name: str
    fingerprint: str
    handler: Handler


_twins: dict[str, Twin] = {}


def register(twins: Iterable[Twin]) -> None:
    """Let resolvers use this code."""
    _twins.update({twin.fingerprint: twin for twin in twins})


def fingerprint(code: str) -> str:
    """The hash of a module's text without blank lines, comment lines and trailing space, which have no effect."""
    lines = (line.rstrip() for line in code.splitlines())
    kept = [line for line in lines if line and not line.lstrip().startswith("//")]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()


# Cached, since every field of every item of a list asks for it.
@lru_cache(maxsize=256)
def find(code: str) -> Handler:
    """The twin of this code; raises UnsupportedResolver for unknown code."""
    found = _twins.get(fingerprint(code))
    if found is None and "setSubscriptionFilter" in code:
        raise UnsupportedResolver(
            "the local cloud has no enhanced subscription filters (extensions.setSubscriptionFilter); filter by the"
            " subscription's arguments, and refuse subscribers in the resolver of the subscription field"
        )
    if found is None:
        names = ", ".join(sorted(twin.name for twin in _twins.values())) or "no file"
        raise UnsupportedResolver(
            f"the local cloud has no JavaScript engine and runs only the resolver code of {names};"
            f" this code has the fingerprint {fingerprint(code)}. Use a known file, a Lambda resolver without code, or"
            " register a Python twin (tools/local/extension.py)"
        )
    return found.handler

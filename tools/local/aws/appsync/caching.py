"""AppSync's cache for each resolver: the value of a resolver with a CachingConfig answers equal requests for its TTL.

Requests are equal when their caching keys have equal values; without keys arguments, source and identity count.
Errors and mutations are not cached. A caller is authorised before the cache is read.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from tools.local.aws.appsync.model import Resolver

# Key of a request -> when it expires, and the value.
Entries = MutableMapping[str, tuple[float, Any]]

MAPS = ("arguments", "source", "identity")
LONGEST_TTL = 3_600
PER_RESOLVER = "PER_RESOLVER_CACHING"
_KEY = re.compile(rf"\$context\.({'|'.join(MAPS)})(\.\w+)*")


def problem_of(resolver: Resolver) -> str:
    """Why AppSync or the local cloud refuses the resolver's CachingConfig; empty when it does not."""
    if not resolver.is_cached:
        return ""
    if not 1 <= resolver.cache_seconds <= LONGEST_TTL:
        return f"the TTL of a cache goes from 1 to {LONGEST_TTL} seconds, not {resolver.cache_seconds}"
    wrong = [key for key in resolver.cache_keys if not _KEY.fullmatch(key)]
    if wrong:
        return f"{wrong[0]} is not a caching key; keys are entries of $context.{', $context.'.join(MAPS)}"
    return "the local cloud does not cache resolvers with MaxBatchSize" if resolver.max_batch_size else ""


def key_of(resolver: Resolver, context: Mapping[str, Any]) -> str:
    """The same text for requests that get the same cached value."""
    keys = resolver.cache_keys or tuple(f"$context.{name}" for name in MAPS)
    values = [_value(context, key) for key in keys]
    return json.dumps([resolver.type_name, resolver.field_name, values], sort_keys=True, default=str)


def _value(context: Mapping[str, Any], key: str) -> Any:
    value: Any = context
    for name in key.split(".")[1:]:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


async def cached(entries: Entries, key: str, seconds: int, now: float, resolve: Callable[[], Awaitable[Any]]) -> Any:
    """The cached value, or else the resolver's, which is then cached. An error of the resolver is raised as it is."""
    expires, value = entries.get(key, (now, None))
    if expires > now:
        return value
    value = await resolve()
    for old in [known for known, (until, _) in list(entries.items()) if until <= now]:
        entries.pop(old, None)
    entries[key] = now + seconds, value
    return value

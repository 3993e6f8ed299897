"""Made on first use, once per container: how a bootstrap module holds clients without doing anything at import."""

from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import TypeVar

T = TypeVar("T")
lazy = cached_property


def once(make: Callable[[], T]) -> Callable[[], T]:
    """The same value from every call; `once(...).cache_clear()` forgets it, which only tests need."""
    return lru_cache(maxsize=1)(make)

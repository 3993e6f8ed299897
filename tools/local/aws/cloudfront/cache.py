"""What a distribution keeps of its origins' answers, and for how long. Pure: the time is passed in.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 64_000_000  # of all distributions together
ERROR_SECONDS = 10  # the error caching minimum TTL when the distribution sets none
# Other errors are kept only if the origin says for how long.
ERRORS_ALWAYS_KEPT = frozenset((404, 405, 414, 500, 501, 502, 503, 504))
ERRORS_KEPT_AS_TOLD = frozenset((400, 403, 412, 415))
_SECONDS = re.compile(r"(s-maxage|max-age)\s*=\s*\"?(\d+)")

Answer = tuple[int, str, dict[str, Any], bytes]
"""Status, reason, headers (names in lower case) and body."""


@dataclass(frozen=True, slots=True)
class Ttl:
    """The limits of a cache policy, in seconds."""

    least: int = 0
    default: int = 86_400
    most: int = 31_536_000


@dataclass(frozen=True, slots=True)
class Key:
    """What makes two requests the same: a method, a path, and what a cache policy adds."""

    distribution: str
    method: str
    path: str
    rest: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer
    since: float
    until: float


def seconds_to_keep(status: int, headers: Mapping[str, Any], ttl: Ttl) -> int:
    """How long an answer is kept; 0 is not at all."""
    told = _told(headers)
    if status >= 400:
        if status in ERRORS_ALWAYS_KEPT:
            return max(ERROR_SECONDS, told or 0)
        return max(ERROR_SECONDS, told) if status in ERRORS_KEPT_AS_TOLD and told is not None else 0
    control = str(headers.get("cache-control", "")).lower()
    if any(word in control for word in ("no-store", "no-cache", "private")):
        return ttl.least
    return min(max(ttl.default if told is None else told, ttl.least), ttl.most)


def _told(headers: Mapping[str, Any]) -> int | None:
    """The seconds that the origin names; `s-maxage` comes before `max-age`."""
    found = dict(_SECONDS.findall(str(headers.get("cache-control", "")).lower()))
    told = found.get("s-maxage", found.get("max-age"))
    return None if told is None else int(told)


class Cache:
    """The answers of all distributions. The least recently used ones go first. Safe for several threads."""

    def __init__(self, clock: Callable[[], float], max_bytes: int = MAX_BYTES) -> None:
        self._clock, self._max_bytes = clock, max_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._bytes = 0
        self._invalidations: dict[str, int] = {}

    def invalidations(self, distribution: str) -> int:
        """How many there were. `keep` compares it: what was fetched before an invalidation is not kept after it."""
        return self._invalidations.get(distribution, 0)

    def find(self, key: Key) -> Answer | None:
        """A kept answer, with its `age`."""
        now = self._clock()
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            if kept.until <= now:
                self._remove(key)
                return None
            self._kept.move_to_end(key)
        status, reason, headers, body = kept.answer
        return status, reason, {**headers, "age": str(int(now - kept.since))}, body

    def keep(self, key: Key, answer: Answer, ttl: Ttl, invalidations: int) -> None:
        """Keep an answer. `invalidations` is their number before the origin was asked."""
        seconds = seconds_to_keep(answer[0], answer[2], ttl)
        size = len(answer[3])
        if seconds <= 0 or size > self._max_bytes:
            return
        now = self._clock()
        with self._lock:
            if self.invalidations(key.distribution) != invalidations:
                return
            self._remove(key)
            self._kept[key] = _Kept(answer, now, now + seconds)
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._remove(next(iter(self._kept)))

    def invalidate(self, distribution: str, paths: list[str]) -> None:
        """Forget the answers of these paths. A path that ends with `*` stands for all that begin like it."""
        with self._lock:
            self._invalidations[distribution] = self.invalidations(distribution) + 1
            for key in [key for key in self._kept if key.distribution == distribution and _names(paths, key.path)]:
                self._remove(key)

    def _remove(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= len(kept.answer[3])


def _names(patterns: list[str], path: str) -> bool:
    return any(path.startswith(each[:-1]) if each.endswith("*") else path == each for each in patterns)

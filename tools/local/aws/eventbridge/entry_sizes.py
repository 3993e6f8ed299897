"""The size of PutEvents requests.

Page: EventBridge User Guide, *Calculating Amazon EventBridge PutEvents event entry size*.
"""

from collections.abc import Iterable, Mapping
from typing import Any

# In the documentation of the SDK; 256 KiB until January 2026.
MOST_BYTES = 1024 * 1024
TIME_BYTES = 14
TOO_LARGE = "Total size of the entries in the request is over the limit."


def are_too_large(entries: Iterable[Any]) -> bool:
    """Whether EventBridge refuses a request with these entries for its size."""
    return sum(size_of(entry) for entry in entries if isinstance(entry, Mapping)) > MOST_BYTES


def size_of(entry: Mapping[str, Any]) -> int:
    texts = [entry.get(key) for key in ("Source", "DetailType", "Detail")] + list(entry.get("Resources") or ())
    return sum(len(text.encode()) for text in texts if isinstance(text, str)) + TIME_BYTES * ("Time" in entry)

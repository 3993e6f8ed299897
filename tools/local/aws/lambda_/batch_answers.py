"""The meaning of a function's answer to a batch, for mappings with `ReportBatchItemFailures`."""

from collections.abc import Sequence
from typing import Any

from tools.local.delivery.model import Outcome


def failed_items(answer: Any, ids: Sequence[str]) -> list[str] | None:
    """The ids that failed, in the order of the batch; None when the whole batch failed.

    As AWS documents it: no answer, an empty object, and an empty or null list mean success. An item without a usable
    `itemIdentifier`, an id that is not in the batch, or an answer of another shape fails the whole batch.
    """
    if answer is None or answer == "":
        return []
    if not isinstance(answer, dict):
        return None
    items = answer.get("batchItemFailures")
    if items is None:
        return []
    if not isinstance(items, list):
        return None
    known, named = set(ids), set()
    for item in items:
        identifier = item.get("itemIdentifier") if isinstance(item, dict) else None
        if not isinstance(identifier, str) or identifier not in known:
            return None
        named.add(identifier)
    return [identifier for identifier in ids if identifier in named]


def messages_to_delete(outcome: Outcome, ids: list[str], partial: bool) -> set[str]:
    """The messages that the function processed. The others return when their visibility time-out ends."""
    if outcome.failed or outcome.throttled:
        return set()
    failed = failed_items(outcome.payload, ids) if partial else []
    return set() if failed is None else set(ids) - set(failed)

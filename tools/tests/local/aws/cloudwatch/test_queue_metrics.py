"""The metrics of a queue, from its messages."""

from typing import Any

import pytest

from tools.local.aws.sqs.engine_queue_depths import measure

NOW = 1_800_000_000.0


def message(age: float, received: int = 0, visible_in: float = 0.0) -> dict[str, Any]:
    sent = str(round((NOW - age) * 1000))
    return {"visible_at": NOW + visible_in, "receive_count": received, "sys": {"SentTimestamp": sent}}


def test_messages_are_visible_delayed_or_in_flight() -> None:
    measured = measure({"messages": [message(1), message(1, 0, 5), message(1, 1, 5), message(1, 2, 5)]}, NOW)
    names = ("Visible", "Delayed", "NotVisible")
    assert [measured[f"ApproximateNumberOfMessages{name}"] for name in names] == [1, 1, 2]


@pytest.mark.parametrize(("received", "expected"), [(0, 600), (2, 600), (3, 7), (90, 7)])
def test_the_age_leaves_out_a_message_that_was_received_three_times(received: int, expected: int) -> None:
    measured = measure({"messages": [message(600, received), message(7)]}, NOW)
    assert measured["ApproximateAgeOfOldestMessage"] == expected

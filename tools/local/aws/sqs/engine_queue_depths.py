"""The metrics of AWS/SQS: how many messages a queue holds, and the age of its oldest one.

Document: SQS Developer Guide, *Available CloudWatch metrics for Amazon SQS*. The age leaves out messages that were
received three times.
"""

from typing import Any

from tools.local.aws.cloudwatch import engine_metrics
from tools.local.aws.cloudwatch.metrics import HOUR
from tools.local.engine.patching import core, service

# SQS reports a queue for up to six hours after its last use.
ACTIVE_SECONDS = 6 * HOUR
MOST_RECEIVES = 2
_last_used: dict[str, float] = {}


def sample_queues() -> None:
    """Measure every queue that is in use, at this moment."""
    now, consumed = engine_metrics.clock(), _consumed()
    for (account, region, _), queue in list(service("sqs")._queues.all_items()):
        arn = str(queue["attributes"]["QueueArn"])
        measured = measure(queue, now)
        if measured["ApproximateNumberOfMessages"] or arn in consumed:
            _last_used[arn] = now
        if now - _last_used.get(arn, 0.0) <= ACTIVE_SECONDS:
            with core("core.responses").request_scope(account, region):
                _put(arn.rpartition(":")[2], measured)


def measure(queue: dict[str, Any], now: float) -> dict[str, float]:
    visible = delayed = hidden = 0
    oldest = now
    for message in list(queue["messages"]):
        if message["visible_at"] <= now:
            visible += 1
        elif message["receive_count"] == 0:
            delayed += 1
        else:
            hidden += 1
        if message["receive_count"] <= MOST_RECEIVES:
            oldest = min(oldest, float(message.get("sys", {}).get("SentTimestamp", now * 1000)) / 1000)
    return {
        "ApproximateNumberOfMessages": visible + delayed + hidden,
        "ApproximateNumberOfMessagesVisible": visible,
        "ApproximateNumberOfMessagesDelayed": delayed,
        "ApproximateNumberOfMessagesNotVisible": hidden,
        "ApproximateAgeOfOldestMessage": max(0.0, round(now - oldest)),
    }


def _put(name: str, measured: dict[str, float]) -> None:
    for metric, value in measured.items():
        if metric != "ApproximateNumberOfMessages":
            unit = "Seconds" if metric.startswith("ApproximateAge") else "Count"
            engine_metrics.put("AWS/SQS", metric, {"QueueName": name}, value, unit)


def _consumed() -> set[str]:
    """The queues that a function polls: each poll is a use."""
    mappings = service("lambda_svc")._esms.all_values()
    return {str(mapping.get("EventSourceArn", "")) for mapping in mappings if ":sqs:" in mapping["EventSourceArn"]}

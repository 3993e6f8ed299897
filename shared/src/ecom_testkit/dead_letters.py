"""The dead-letter queues of all services, read without deleting a message."""

import json
from dataclasses import dataclass
from typing import Any

from ecom_client.platform import Platform


@dataclass(frozen=True)
class DeadLetter:
    queue: str
    body: str
    code: str
    reason: str


def dead_letters_about(platform: Platform, text: str) -> list[DeadLetter]:
    """The dead letters of all services that contain the text, such as an order's id."""
    return [found for found in all_dead_letters(platform) if text in found.body]


def all_dead_letters(platform: Platform) -> list[DeadLetter]:
    sqs = platform.client("sqs")
    return [found for url in dead_letter_queues(platform) for found in _peek(sqs, url)]


def dead_letter_queues(platform: Platform) -> list[str]:
    """The URLs of the dead-letter queues of all services of the environment."""
    pages = (
        platform.client("sqs")
        .get_paginator("list_queues")
        .paginate(QueueNamePrefix=f"ecommerce-{platform.environment}-")
    )
    return [url for page in pages for url in page.get("QueueUrls", []) if "DeadLetters" in url]


def receive_all(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Receive until no new message comes. For 30 s no other reader sees them, unless they are made visible again."""
    seen: dict[str, dict[str, Any]] = {}
    while True:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30, MessageAttributeNames=["All"]
        )
        fresh = [message for message in answer.get("Messages", []) if message["MessageId"] not in seen]
        if not fresh:
            break
        seen |= {message["MessageId"]: message for message in fresh}
    return list(seen.values())


def _peek(sqs: Any, url: str) -> list[DeadLetter]:
    messages = receive_all(sqs, url)
    for message in messages:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    return [_dead_letter(url, message) for message in messages]


def _dead_letter(url: str, message: dict[str, Any]) -> DeadLetter:
    attributes = {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()}
    body = message["Body"]
    code, reason = attributes.get("ERROR_CODE", ""), attributes.get("ERROR_MESSAGE", "")
    if not reason:  # a function that used up its attempts: the record of AWS's on-failure destination
        try:
            answered = json.loads(body).get("responsePayload") or {}
        except (ValueError, RecursionError, AttributeError):  # a dead letter may be anything
            answered = {}
        code, reason = str(answered.get("errorType", "")), str(answered.get("errorMessage", ""))
    return DeadLetter(url.rsplit("/", 1)[-1], body, code, reason)

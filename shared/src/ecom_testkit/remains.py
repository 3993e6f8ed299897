"""What tests leave on a platform: rows, dead letters and mails about things that the tests made. They are removed.

Every maker of a thing reports its unique name (`ecom_client.made`). A row, a dead letter or a mail belongs to the tests
when it contains such a name, in whatever service it is. Names that are not unique (`kettle`) are not used, so that
nothing of others is removed.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from ecom.dynamo import plain
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letter_queues, receive_all
from ecom_testkit.mailbox import Mailbox

_WORD = re.compile(r"[\w-]{32,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# A removed order is published as OrderDeleted, and its consumers may store something about it once more.
QUIET_SECONDS, QUIET_SECONDS_ON_AWS, LIMIT_SECONDS = 3.0, 20.0, 240.0


def names_in(text: str) -> set[str]:
    """The unique names in a text: UUIDs, also as a part of a longer word, and other words of 32 characters or more."""
    names: set[str] = set()
    for word in _WORD.findall(text):
        names.update(_UUID.findall(word) or [word])
    return names


class Remains:
    """Listens to what is made, by the test that is running."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.test = ""
        self._made: dict[str, str] = {}
        self._sent: dict[str, str] = {}

    def made(self, name: str) -> None:
        # Tables that must not contain a token or a user have their hash.
        for each in (*names_in(name), hashlib.sha256(name.encode()).hexdigest()):
            self._made.setdefault(each, self.test)

    def sent(self, text: str) -> None:
        for each in names_in(text):
            self._sent.setdefault(each, self.test)

    def test_of(self, text: str) -> str:
        """The test that made something in the text, else the first one that sent something in it; else empty."""
        names = sorted(names_in(text))
        for known in (self._made, self._sent):
            found = [known[name] for name in names if name in known]
            if found:
                return found[0]
        return ""

    def remove(self) -> int:
        """Remove what is there now, except what the payment provider has. Return how many things were removed."""
        if not self._made:
            return 0
        return self._remove_rows() + self._remove_dead_letters() + self._remove_mails()

    def remove_all(self) -> None:
        """Remove until nothing more comes. Raises PollTimeout when the platform does not come to rest.

        Then the payment provider's holds: before, a payment that is under way would fail and raise an alarm.
        """
        quiet = QUIET_SECONDS if self.platform.endpoint else QUIET_SECONDS_ON_AWS
        busy_at = time.monotonic()

        def seconds_of_rest() -> float:
            nonlocal busy_at
            if self.remove() or self._has_messages_under_way():
                busy_at = time.monotonic()
            return time.monotonic() - busy_at

        poll(seconds_of_rest, lambda rest: rest >= quiet, LIMIT_SECONDS, "that nothing more comes of the tests")
        self._remove_rows(of_provider=True)

    def _is_ours(self, text: str) -> bool:
        return not self._made.keys().isdisjoint(names_in(text))

    def _remove_rows(self, *, of_provider: bool = False) -> int:
        removed, provider = 0, f"ecommerce-{self.platform.environment}-payment-3p-"
        orders = f"ecommerce-{self.platform.environment}-orders-"
        # Orders last: a deleted order is published, and payment would void a hold that does not exist any more.
        for table, keys, item in sorted(rows(self.platform), key=lambda row: row[0].startswith(orders)):
            if table.startswith(provider) == of_provider and self._is_ours(json.dumps(item, default=str)):
                # An order of a test's user names more: what other services store under its id and its token.
                for name in ("orderId", "paymentToken"):
                    if isinstance(item.get(name), str) and names_in(item[name]):
                        self.made(item[name])
                self.platform.client("dynamodb").delete_item(TableName=table, Key=keys)
                removed += 1
        return removed

    def _remove_dead_letters(self) -> int:
        removed = 0
        sqs = self.platform.client("sqs")
        for url in dead_letter_queues(self.platform):
            for message in receive_all(sqs, url):
                handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
                if self._is_ours(message["Body"]):
                    sqs.delete_message(**handle)
                    removed += 1
                else:
                    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
        return removed

    def _remove_mails(self) -> int:
        mailbox = Mailbox(self.platform)
        if not mailbox.exists:  # on AWS, the mails of tests go to SES's simulator, which discards them
            return 0
        ours = [mail for mail in mailbox.mails() if self._is_ours(f"{mail.to} {mail.subject} {mail.text}")]
        for mail in ours:
            mailbox.delete(mail.id)
        return len(ours)

    def _has_messages_under_way(self) -> bool:
        """On AWS other users' messages are never all handled, so there the time of rest must do."""
        if self.platform.endpoint is None:
            return False
        letters = set(dead_letter_queues(self.platform))
        return any(depth for url, depth in queue_depths(self.platform).items() if url not in letters)


def rows(platform: Platform) -> Iterator[tuple[str, dict[str, Any], Mapping[str, Any]]]:
    """The rows of all tables of the environment: the table, the key for DynamoDB, and the item in Python's types."""
    client = platform.client("dynamodb")
    for page in client.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            if not table.startswith(f"ecommerce-{platform.environment}-"):
                continue
            keys = [key["AttributeName"] for key in client.describe_table(TableName=table)["Table"]["KeySchema"]]
            for items in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
                for item in items["Items"]:
                    yield table, {key: item[key] for key in keys}, plain(item)


def queue_depths(platform: Platform) -> dict[str, int]:
    """The number of messages in each queue of the environment: waiting, delayed or being handled."""
    sqs = platform.client("sqs")
    names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    depths = {}
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"ecommerce-{platform.environment}-"):
        for url in page.get("QueueUrls", []):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            depths[url] = sum(int(attributes[name]) for name in names)
    return depths

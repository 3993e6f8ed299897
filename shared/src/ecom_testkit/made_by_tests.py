"""What `deployed` tests made on a platform, and its removal: rows, dead letters and mails.

Whatever creates something for a test reports its name or id (`ecom_client.made`). A row, a dead letter or a mail of any
service is removed when it contains such a name. Only names that are unique count, an id but not `kettle`: nothing that
another client made is removed.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ecom.dynamo import plain
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letter_queues, receive_all
from ecom_testkit.mailbox import Mailbox

_WORD = re.compile(r"[\w-]{32,}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# For how long nothing new may appear before the removal is complete: a removed order is published as OrderDeleted, and
# its consumers may store something about it once more.
QUIET_SECONDS, QUIET_SECONDS_ON_AWS, LIMIT_SECONDS = 3.0, 20.0, 240.0


def names_in(text: str) -> set[str]:
    """The unique names in a text: UUIDs, also as a part of a longer word, and other words of 32 characters or more."""
    names: set[str] = set()
    for word in _WORD.findall(text):
        names.update(_UUID.findall(word) or [word])
    return names


def other_names_of(item: Mapping[str, Any]) -> list[str]:
    """An order that belongs to a test by its user alone has more names: other services store rows under its id and its
    payment token. A mail about a return has the return's id there, which names its shopper too: that is no name."""
    values = [item.get(name) for name in ("orderId", "paymentToken")]
    return [value for value in values if isinstance(value, str) and names_in(value) == {value}]


class MadeByTests:
    """Collects the names of what tests make, as a listener of `ecom_client.made`, and removes what contains them."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.test = ""
        """The test that is running. `clean_up` sets it."""
        self._made: dict[str, str] = {}
        """Name -> the test that made it."""
        self._sent: dict[str, str] = {}
        """Name -> the first test that sent it in a request. What contains only such names is not removed.

        Empty for a name sent before the first test, such as that of a table, when the state of the platform is read."""

    def made(self, name: str) -> None:
        # Some tables have the SHA-256 hash of a token or a user id in place of it.
        for each in (*names_in(name), hashlib.sha256(name.encode()).hexdigest()):
            self._made.setdefault(each, self.test)

    def sent(self, text: str) -> None:
        for each in names_in(text):
            self._sent.setdefault(each, self.test)

    def test_of(self, text: str) -> str:
        """The test that made a name in the text, else the first that sent one of them in a request, else empty."""
        names = sorted(names_in(text))
        for known in (self._made, self._sent):
            found = [known[name] for name in names if known.get(name)]
            if found:
                return found[0]
        return ""

    def remove(self) -> int:
        """Remove what is there now, except the payment provider's rows. Return how many things were removed."""
        if not self._made:
            return 0
        return self._remove_rows() + self._remove_dead_letters() + self._remove_mails()

    def remove_all(self) -> None:
        """Remove until nothing new appears for some seconds. Raises PollTimeout when that takes too long.

        The payment provider's rows, its holds, are removed last: without its hold a payment that services still
        process would fail and raise an alarm.
        """
        quiet = QUIET_SECONDS if self.platform.endpoint else QUIET_SECONDS_ON_AWS
        last_activity = time.monotonic()

        def quiet_seconds() -> float:
            nonlocal last_activity
            if self.remove() or self._has_unprocessed_messages():
                last_activity = time.monotonic()
            return time.monotonic() - last_activity

        poll(quiet_seconds, lambda seconds: seconds >= quiet, LIMIT_SECONDS, "that nothing new of the tests appears")
        self._remove_rows(of_provider=True)

    def _is_ours(self, text: str) -> bool:
        return not self._made.keys().isdisjoint(names_in(text))

    def _remove_rows(self, *, of_provider: bool = False) -> int:
        removed, provider = 0, f"ecommerce-{self.platform.environment}-payment-3p-"
        orders = f"ecommerce-{self.platform.environment}-orders-"
        dynamodb = self.platform.client("dynamodb")
        # Orders last: a deleted order is published, and payment would void its hold if it still had a row about it.
        for table, keys, item in sorted(rows(self.platform), key=lambda row: row[0].startswith(orders)):
            if table.startswith(provider) == of_provider and self._is_ours(json.dumps(item, default=str)):
                for name in other_names_of(item):
                    self.made(name)
                # A row that a consumer writes at this moment is removed in the next round.
                with suppress(dynamodb.exceptions.TransactionConflictException):
                    dynamodb.delete_item(TableName=table, Key=keys)
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
        if not mailbox.exists:  # on AWS the mails of tests go to the mailbox simulator of SES, which discards them
            return 0
        ours = [mail for mail in mailbox.mails() if self._is_ours(f"{mail.to} {mail.subject} {mail.text}")]
        for mail in ours:
            mailbox.delete(mail.id)
        return len(ours)

    def _has_unprocessed_messages(self) -> bool:
        """Whether a queue that is not a dead-letter queue has messages.

        Always False on AWS: other clients' messages are in the queues too, so only the quiet time counts there.
        """
        if self.platform.endpoint is None:
            return False
        dead_letters = set(dead_letter_queues(self.platform))
        return any(depth for url, depth in queue_depths(self.platform).items() if url not in dead_letters)


def rows(platform: Platform) -> Iterator[tuple[str, dict[str, Any], Mapping[str, Any]]]:
    """The rows of all tables of the environment: table, key in DynamoDB's types, and item in Python's types.

    Not those of *search*, which follow the products by themselves. Its functions learn of a deleted product by its row.
    """
    client = platform.client("dynamodb")
    own, search = (f"ecommerce-{platform.environment}-{service}" for service in ("", "search-"))
    for page in client.get_paginator("list_tables").paginate():
        for table in page["TableNames"]:
            if not table.startswith(own) or table.startswith(search):
                continue
            keys = [key["AttributeName"] for key in client.describe_table(TableName=table)["Table"]["KeySchema"]]
            for items in client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
                for item in items["Items"]:
                    yield table, {key: item[key] for key in keys}, plain(item)


def queue_depths(platform: Platform) -> dict[str, int]:
    """The number of messages in each queue of the environment, by its URL: visible, delayed and in flight."""
    sqs = platform.client("sqs")
    names = [f"ApproximateNumberOfMessages{state}" for state in ("", "NotVisible", "Delayed")]
    depths = {}
    for page in sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"ecommerce-{platform.environment}-"):
        for url in page.get("QueueUrls", []):
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
            depths[url] = sum(int(attributes[name]) for name in names)
    return depths

"""What is on a platform: rows, messages, users, objects, alarms, rules. Compared before and after a test run."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from ecom_client.platform import CATCHES, NotDeployed, Platform
from ecom_testkit.dead_letters import all_dead_letters, dead_letter_queues
from ecom_testkit.made_by_tests import queue_depths, rows
from ecom_testkit.mailbox import Mailbox

# What the platform writes about its own work, whatever it works on. Every run of the comparison has its rows.
KEPT = ("-reconciliation-",)

ALARM, DEAD_LETTER, WAITING = "alarm", "dead letter", "messages that wait in"
State = dict[str, str]
"""Each thing, by its kind and name, with what is to be compared. It may be content, so it is never printed."""


def read_state(platform: Platform) -> State:
    return {
        f"{kind} {name}": content
        for kind, things in {
            "row": _rows(platform),
            "queue": _queues(platform),
            WAITING: _messages(platform),
            DEAD_LETTER: _dead_letters(platform),
            "user": _users(platform),
            "app client": _app_clients(platform),
            "object": _objects(platform),
            ALARM: _alarms(platform),
            "rule": _rules(platform),
            "subscription": _subscriptions(platform),
            "mail": _mails(platform),
        }.items()
        for name, content in things
    }


def differences(before: State, after: State) -> dict[str, str]:
    """Each thing that is new, changed or gone, in words, with its content. Alarms may end, messages be handled."""
    found = {}
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            if not name.startswith((ALARM, WAITING)):
                found[f"{name} is gone"] = before[name]
        elif before.get(name) != after[name]:
            found[f"{name} {'changed' if name in before else 'is new'}"] = after[name]
    return found


Things = Iterator[tuple[str, str]]


def _rows(platform: Platform) -> Things:
    for table, keys, item in rows(platform):
        if not any(kept in table for kept in KEPT):
            named = " / ".join(str(value) for key in keys.values() for value in key.values())
            yield f"{table}: {named}", json.dumps(item, sort_keys=True, default=str)


def _queues(platform: Platform) -> Things:
    """Those of the services, and those through which tests catch events."""
    for page in platform.client("sqs").get_paginator("list_queues").paginate():
        for name in (url.rsplit("/", 1)[-1] for url in page.get("QueueUrls", [])):
            if name.startswith((f"ecommerce-{platform.environment}-", CATCHES)):
                yield name, ""


def _messages(platform: Platform) -> Things:
    letters = dead_letter_queues(platform)
    for url, depth in queue_depths(platform).items():
        if depth and url not in letters:
            yield url.rsplit("/", 1)[-1], str(depth)


def _dead_letters(platform: Platform) -> Things:
    for letter in all_dead_letters(platform):
        yield f"{letter.queue}: {hashlib.sha256(letter.body.encode()).hexdigest()[:12]} ({letter.code})", letter.body


def _users(platform: Platform) -> Things:
    for pool in _pools(platform):
        pages = platform.client("cognito-idp").get_paginator("list_users").paginate(UserPoolId=pool)
        for user in (user for page in pages for user in page["Users"]):
            yield user["Username"], json.dumps(user["Attributes"], sort_keys=True)


def _app_clients(platform: Platform) -> Things:
    for pool in _pools(platform):
        pages = platform.client("cognito-idp").get_paginator("list_user_pool_clients").paginate(UserPoolId=pool)
        for client in (client for page in pages for client in page["UserPoolClients"]):
            yield client["ClientName"], client["ClientId"]


def _pools(platform: Platform) -> list[str]:
    """The user pool; none where *users* is not deployed, such as on a platform for the tests of a new service."""
    try:
        return [platform.parameter("users/user-pool/id")]
    except NotDeployed:
        return []


def _objects(platform: Platform) -> Things:
    s3 = platform.client("s3")
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        if bucket.startswith(f"ecommerce-{platform.environment}-"):
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for item in page.get("Contents", []):
                    yield f"{bucket}/{item['Key']}", item["ETag"]


def _alarms(platform: Platform) -> Things:
    alarms = platform.client("cloudwatch").get_paginator("describe_alarms")
    for page in alarms.paginate(AlarmNamePrefix=f"ecommerce-{platform.environment}-", StateValue="ALARM"):
        for alarm in page["MetricAlarms"]:
            yield alarm["AlarmName"], alarm["StateReason"]


def _rules(platform: Platform) -> Things:
    events = platform.client("events")
    for bus in ("default", platform.parameter("platform/event-bus/name")):
        for page in events.get_paginator("list_rules").paginate(EventBusName=bus):
            for rule in page["Rules"]:
                yield f"{bus}/{rule['Name']}", rule["State"]


def _subscriptions(platform: Platform) -> Things:
    for page in platform.client("sns").get_paginator("list_subscriptions").paginate():
        for each in page["Subscriptions"]:
            yield f"{each['TopicArn']} to {each['Protocol']}", each["SubscriptionArn"]


def _mails(platform: Platform) -> Things:
    mailbox: Any = Mailbox(platform)
    for mail in mailbox.mails() if mailbox.exists else ():
        yield mail.id, f"{mail.to} {mail.subject} {mail.text}"

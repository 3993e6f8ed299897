"""The deployed search: events in, records."""

import json
import uuid
from typing import Any

import pytest

from ecom.dynamo import plain, typed
from ecom_client.made import new_id
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.dead_letters import dead_letters_about
from ecom_testkit.examples import example, refused
from search_service.consumed_events import READERS

pytestmark = pytest.mark.deployed


@pytest.fixture
def subject() -> str:
    """What the platform stores about it is removed after the tests."""
    return new_id()


def record(platform: Platform, subject: str) -> dict[str, Any]:
    """The item of the subject; empty when there is none."""
    table = platform.parameter("search/table/name")
    answer = platform.client("dynamodb").get_item(TableName=table, Key=typed({"id": subject}), ConsistentRead=True)
    return plain(answer.get("Item", {}))


@pytest.mark.parametrize("detail_type", READERS)
def test_a_repeated_event_is_recorded_once(platform_outside: Platform, subject: str, detail_type: str) -> None:
    event, another = example(detail_type, subject, str(uuid.uuid4())), example(detail_type, subject, str(uuid.uuid4()))
    platform_outside.put_events([event, event, another])
    poll(
        lambda: record(platform_outside, subject).get("counts"),
        until=lambda counts: counts == {detail_type: 2},
        seconds=60,
        what=f"two different events of three {detail_type}",
    )


@pytest.mark.parametrize("detail_type", READERS)
def test_an_invalid_event_is_a_dead_letter_with_the_reason(
    platform_outside: Platform, subject: str, detail_type: str
) -> None:
    """Sent to the queue directly, so that no other consumer receives it."""
    stack = f"ecommerce-{platform_outside.environment}-search"
    queue = platform_outside.client("cloudformation").describe_stack_resource(
        StackName=stack, LogicalResourceId="EventsQueue"
    )
    platform_outside.client("sqs").send_message(
        QueueUrl=queue["StackResourceDetail"]["PhysicalResourceId"],
        MessageBody=json.dumps(refused(detail_type, subject)),
    )
    letters = poll(lambda: dead_letters_about(platform_outside, subject), seconds=60, what="the dead letter")
    assert [(letter.code, detail_type in letter.reason) for letter in letters] == [("DEAD_LETTER", True)]
    assert record(platform_outside, subject) == {}

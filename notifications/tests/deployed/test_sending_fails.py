"""SES refuses or does not answer: a mail is sent once, or an operator decides."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ecom.dynamo import typed
from ecom.times import timestamp
from ecom_client.polling import poll
from notifications.tests.deployed.conftest import Case

pytestmark = pytest.mark.deployed


def sending_policy(case: Case) -> tuple[str, str, dict[str, Any]]:
    """The function's role, and the name and document of its policy that allows ses:SendEmail."""
    name = f"ecommerce-{case.platform.environment}-notifications-on-order-event"
    configuration = case.platform.client("lambda").get_function_configuration(FunctionName=name)
    role = configuration["Role"].rsplit("/", 1)[-1]
    iam = case.platform.client("iam")
    for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        if "ses:SendEmail" in json.dumps(document):
            return role, policy, document
    raise AssertionError(f"{role} may not send mail")


def test_a_throttled_mail_is_sent_once(case: Case) -> None:
    case.mailbox.script("THROTTLE", case.person.email, times=2)
    case.platform.put_events([case.accepted()])
    case.mailbox.wait_for(about=case.order_id, seconds=60)
    poll(case.states, lambda states: states == {"accepted": "SENT"}, what="the row to be SENT")
    assert (len(case.mails()), case.dead_letters()) == (1, [])


@pytest.mark.not_in_pipelines("it takes permissions away that other tests need")
def test_without_permission_mails_wait_and_are_sent_once(case: Case) -> None:
    began = datetime.now(UTC)
    role, policy, document = sending_policy(case)
    iam = case.platform.client("iam")
    others = [each for each in document["Statement"] if "ses:SendEmail" not in json.dumps(each)]
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps({**document, "Statement": others}))
    try:
        case.platform.put_events([case.accepted()])
        poll(lambda: refusals(case, began), what="a refusal in the log", seconds=60)
        assert (case.mails(), case.rows()) == ([], {})
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    case.mailbox.wait_for(about=case.order_id, seconds=60)
    poll(case.states, lambda states: states == {"accepted": "SENT"}, what="the row to be SENT")
    assert (len(case.mails()), case.dead_letters()) == (1, [])


def refusals(case: Case, began: datetime) -> list[str]:
    """The refusals in the function's log since then. The log must not contain the recipient's address."""
    pages = (
        case.platform.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=f"/aws/lambda/ecommerce-{case.platform.environment}-notifications-on-order-event",
            startTime=int(began.timestamp() * 1000),
        )
    )
    messages = [str(event["message"]) for page in pages for event in page["events"]]
    assert not [message for message in messages if case.person.email in message]
    return [message for message in messages if "AccessDenied" in message]


@pytest.mark.parametrize(("behaviour", "arrived"), [("CUT_AFTER", 1), ("ERROR_AFTER", 1), ("ERROR", 0)])
def test_an_unknown_outcome_is_a_dead_letter_and_a_redrive_sends_it(case: Case, behaviour: Any, arrived: int) -> None:
    case.mailbox.script(behaviour, case.person.email, times=1)
    case.platform.put_events([case.accepted()])
    (dead_letter,) = poll(case.dead_letters, what="the dead letter")
    assert dead_letter.code == "OUTCOME_UNKNOWN"
    assert case.person.email not in f"{dead_letter.reason}{dead_letter.body}"
    assert (len(case.mails()), case.states()) == (arrived, {"accepted": "UNKNOWN"})

    case.platform.put_events([case.accepted()])  # a repeat, not a redrive
    poll(case.dead_letters, lambda found: len(found) == 2, what="a dead letter for the repeat")
    assert len(case.mails()) == arrived

    assert "OUTCOME_UNKNOWN" in case.redrive("--dry-run")
    assert case.redrive().count("sent back") == 2
    poll(case.states, lambda states: states == {"accepted": "SENT"}, what="the row to be SENT")
    case.platform.put_events([case.accepted(), case.status_changed("CANCELLED")])
    case.mailbox.wait_for(about=f"{case.order_id} is cancelled")
    assert len(case.mails()) == arrived + 2
    assert case.dead_letters() == []


def test_a_function_stopped_while_sending_leaves_a_dead_letter(case: Case) -> None:
    """The row is CLAIMED, as after a function that stopped between its claim and SES's answer."""
    began = datetime.now(UTC) - timedelta(minutes=3)
    row = {
        "orderId": case.order_id,
        "kind": "accepted",
        "state": "CLAIMED",
        "claim": "of a function that stopped",
        "since": timestamp(began),
        "expiresAt": int((began + timedelta(days=1)).timestamp()),
    }
    table = case.platform.parameter("notifications/table/name")
    case.platform.client("dynamodb").put_item(TableName=table, Item=typed(row))
    case.platform.put_events([case.accepted()])
    (dead_letter,) = poll(case.dead_letters, what="the dead letter")
    assert (dead_letter.code, case.states(), case.mails()) == ("OUTCOME_UNKNOWN", {"accepted": "UNKNOWN"}, [])
    case.redrive()
    poll(case.states, lambda states: states == {"accepted": "SENT"}, what="the row to be SENT")
    assert len(case.mails()) == 1

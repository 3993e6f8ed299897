"""Events on the bus become mails in the mailbox."""

import uuid

import pytest

from ecom.dynamo import typed
from ecom_client.journey import Shopper, Staff, lines, new_product
from ecom_client.people import Person
from ecom_client.platform import Platform
from ecom_client.polling import poll
from ecom_testkit.mailbox import Mailbox
from notifications.tests.deployed.conftest import STATUSES, Case

pytestmark = pytest.mark.deployed
SUBJECTS = ["Your order {}", "Your order {} is packed", "Your order {} is on its way", "Your order {} was delivered"]


def subjects(case: Case) -> list[str]:
    return sorted(mail.subject for mail in case.mails())


def wait_until_handled(case: Case, marker: str) -> None:
    """Wait until all earlier events are handled: publish one more, and wait until its mail is sent."""
    case.platform.put_events([case.status_changed(marker)])
    poll(
        lambda: case.states().get(marker.lower()),
        lambda state: state == "SENT",
        seconds=60,
        what="the mail of the last event",
    )


def test_an_order_journey_sends_four_mails_to_the_owner(
    platform_outside: Platform, shopper: Person, admin: Person, mailbox: Mailbox
) -> None:
    buyer, staff = Shopper(platform_outside, shopper), Staff(platform_outside, admin)
    order = buyer.buy(lines((new_product(platform_outside, price=3990), 2)))
    order_id = order["orderId"]
    staff.pack(order_id)
    poll(lambda: staff.delivery(order_id), what="the delivery")
    staff.start_delivery(order_id, "PostNord", "A-1")
    # DeliveryCompleted may overtake DeliveryStarted: the order would never be SHIPPED, and no mail would say so.
    buyer.wait_for(order_id, status="SHIPPED")
    staff.complete_delivery(order_id)
    buyer.wait_for(order_id, status="FULFILLED")
    mails = mailbox.wait_for(to=shopper.email, about=order_id, count=4)
    assert sorted(mail.subject for mail in mails) == sorted(subject.format(order_id) for subject in SUBJECTS)
    for mail in mails:
        assert (mail.to, mail.cc, mail.bcc) == ((shopper.email,), (), ())
        assert mail.sender.startswith("orders@")
        for body in (mail.text, mail.html):
            assert "2 x Kettle" in body
            assert f"79.80 {order['currency']}" in body
            assert "UTC" in body
            is_shipped = mail.subject == f"Your order {order_id} is on its way"
            assert ("PostNord" in body, "A-1" in body) == (is_shipped, is_shipped)
    assert len(mailbox.mails(about=order_id)) == 4


def test_every_event_five_times_and_backwards_sends_one_mail_each(case: Case) -> None:
    events = [case.accepted(), *(case.status_changed(status) for status in STATUSES)]
    case.platform.put_events([*events[::-1], *events * 2, *events[::-1] * 2])
    case.mailbox.wait_for(to=case.person.email, about=case.order_id, count=4)
    wait_until_handled(case, "CANCELLED")
    expected = [subject.format(case.order_id) for subject in SUBJECTS]
    assert subjects(case) == sorted([*expected, f"Your order {case.order_id} is cancelled"])
    assert set(case.states().values()) == {"SENT"}
    assert case.dead_letters() == []


@pytest.mark.parametrize("status", ["PACKAGING_FAILED", "DELIVERY_FAILED"])
def test_a_failed_order_sends_one_mail(case: Case, status: str) -> None:
    case.platform.put_events([case.status_changed(status)] * 3)
    case.mailbox.wait_for(to=case.person.email, about=case.order_id)
    wait_until_handled(case, "CANCELLED")
    assert sorted(case.states()) == ["cancelled", "failed"]
    assert len(case.mails()) == 2


def test_other_changes_are_not_delivered(case: Case) -> None:
    """The rule filters them out; the function would make dead letters of them."""
    paid = {"old": case.order(), "new": case.order(status="SHIPPED"), "changed": ["paymentStatus"]}
    case.platform.put_events([case.event("OrderModified", paid), case.status_changed("NEW")])
    wait_until_handled(case, "CANCELLED")
    assert (len(case.mails()), case.dead_letters()) == (1, [])


def test_a_missing_owner_is_read_from_orders(case: Case) -> None:
    table, client = case.platform.parameter("orders/table/name"), case.platform.client("dynamodb")
    client.put_item(TableName=table, Item=typed({**case.order(), "createdDate": "2026-03-01T09:30:00.000Z"}))
    case.platform.put_events([case.accepted(userId=None)])
    (mail,) = case.mailbox.wait_for(about=case.order_id)
    assert mail.to == (case.person.email,)


@pytest.mark.parametrize("user_id", ["gone", None])
def test_no_recipient_is_no_mail_and_no_dead_letter(case: Case, user_id: str | None) -> None:
    unknown = str(uuid.uuid4()) if user_id else None
    case.platform.put_events([case.accepted(userId=unknown)])
    wait_until_handled(case, "CANCELLED")
    assert (list(case.states()), len(case.mails()), case.dead_letters()) == (["cancelled"], 1, [])


def test_an_event_cannot_choose_its_recipient(case: Case, shopper: Person) -> None:
    """Cognito accepts an address as a user name too, but only the `sub` identifies an owner."""
    case.platform.put_events([case.accepted(userId=shopper.email, email=shopper.email)])
    wait_until_handled(case, "CANCELLED")
    assert [mail.to for mail in case.mails()] == [(case.person.email,)]


def test_an_invalid_event_becomes_a_dead_letter_with_its_reason(case: Case) -> None:
    case.platform.put_events([case.event("OrderCreated", {"orderId": case.order_id})])
    (dead_letter,) = poll(case.dead_letters, what="the dead letter")
    assert (dead_letter.code, "products" in dead_letter.reason) == ("DEAD_LETTER", True)
    assert (case.mails(), case.rows()) == ([], {})
